import Foundation
import Logging
import ServerSupport
import Testing

@testable import Cache

/// What holds for a Redis that is there, whoever else uses it.
@Suite struct RedisCacheTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let key = CacheKey("k", .number(1))
    private let hour = Duration.seconds(3600)

    private func connect(
        _ address: RedisAddress,
        prefix: String = UUID().uuidString,
        valueBytesMax: Int = CacheLimits.valueBytesMax,
        meters: CacheMeters = CacheMeters("redis"),
        logger: Logger? = nil
    ) async throws -> RedisCache {
        var options = RedisCache.Options(prefix: prefix)
        options.valueBytesMax = valueBytesMax
        options.connectTimeout = .seconds(10)
        options.commandTimeout = .seconds(10)
        let cache = try RedisCache(
            address,
            options: options,
            logger: logger ?? quiet,
            meters: meters
        )
        try await eventually("Redis is connected") { cache.isAvailable }
        return cache
    }

    private func address(_ server: RedisServer, database: Int = 0) -> RedisAddress {
        RedisAddress(host: "127.0.0.1", port: server.server.port, database: database)
    }

    @Test func processesThatShareAPrefixShareWhatIsKept() async throws {
        let server = try await RedisServer.shared()
        let prefix = UUID().uuidString
        let one = try await connect(address(server), prefix: prefix)
        let other = try await connect(address(server), prefix: prefix)
        await one.set(key, [1, 2], for: hour)
        #expect(await other.get(key) == [1, 2])
    }

    @Test func prefixesAndDatabasesAreApart() async throws {
        let server = try await RedisServer.shared()
        let prefix = UUID().uuidString
        let one = try await connect(address(server), prefix: prefix)
        let other = try await connect(address(server), prefix: prefix + "x")
        let third = try await connect(address(server, database: 3), prefix: prefix)
        await one.set(key, [1], for: hour)
        await third.set(key, [3], for: hour)
        #expect(await one.get(key) == [1])
        #expect(await other.get(key) == nil)
        #expect(await third.get(key) == [3])
    }

    @Test func aUserAndAPasswordOpenIt() async throws {
        let server = try await RedisServer.start(settings: [
            "requirepass": "\"open sesame/7\"", "user": "ada on >s:cret@1 ~* &* +@all",
        ])
        let port = server.server.port
        for text in ["redis://:open%20sesame%2F7@", "redis://ada:s%3Acret%401@"] {
            guard case .redis(let address) = try CacheURL("\(text)127.0.0.1:\(port)/2").kind else {
                Issue.record("\(text) is no Redis")
                continue
            }
            let cache = try await connect(address)
            await cache.set(key, [1], for: hour)
            #expect(await cache.get(key) == [1])
        }
        await server.stop()
    }

    @Test func aReplyBeyondTheBoundIsNothingAndTheNextIsRight() async throws {
        let server = try await RedisServer.shared()
        let prefix = UUID().uuidString
        let large = try await connect(address(server), prefix: prefix, valueBytesMax: 4 << 20)
        let small = try await connect(address(server), prefix: prefix, valueBytesMax: 1000)
        await large.set(key, [UInt8](repeating: 1, count: 4 << 20), for: hour)
        #expect(await large.get(key)?.count == 4 << 20)
        let other = CacheKey("other")
        for _ in 0..<5 {
            #expect(await small.get(key) == nil)
            try await eventually("the next one is right") {
                await small.set(other, [7], for: hour)
                return await small.get(other) == [7]
            }
        }
    }

    @Test func aServerThatIsFullRefusesAndStaysConnected() async throws {
        let server = try await RedisServer.start(settings: [
            "maxmemory": "1", "maxmemory-policy": "noeviction",
        ])
        let tally = Tally()
        let capture = LogCapture()
        let cache = try await connect(
            address(server),
            meters: CacheMeters("redis", factory: tally),
            logger: capture.logger
        )
        for _ in 0..<100 {
            await cache.set(key, [1], for: hour)
            #expect(await cache.get(key) == nil)
        }
        #expect(cache.isAvailable)
        #expect(tally.count("errors refused") == 100 && tally.count("misses") == 100)
        let refusals = capture.lines.filter { $0.contains("refused (OOM)") }
        #expect((1...4).contains(refusals.count), "\(capture.lines)")
        await server.stop()
    }

    @Test func hitsMissesAndErrorsAreCounted() async throws {
        let server = try await RedisServer.start()
        let tally = Tally()
        let cache = try await connect(
            address(server),
            meters: CacheMeters("redis", factory: tally)
        )
        await cache.set(key, [1], for: hour)
        _ = await cache.get(key)
        _ = await cache.get(CacheKey("other"))
        #expect(tally.count("hits") == 1 && tally.count("misses") == 1 && tally.errors == 0)
        await server.kill()
        for _ in 0..<10 { #expect(await cache.get(key) == nil) }
        #expect(tally.count("hits") == 1 && tally.count("misses") == 1 && tally.errors == 10)
    }

    @Test func whenItIsClosedItHasNothingAndItsConnectionsEnd() async throws {
        let server = try FakeRedis { peer in
            while peer.greet() { peer.write("$-1\r\n") }
        }
        var cache: RedisCache? = try await connect(
            RedisAddress(host: "127.0.0.1", port: server.port)
        )
        weak let closed = cache
        closed?.close()
        #expect(await cache?.get(key) == nil)
        #expect(cache?.isAvailable == false)
        cache = nil
        #expect(closed == nil)
        try await eventually("its connections have ended") { server.ended == server.accepted }
        server.close()
    }
}
