import Foundation
import Logging
import ServerSupport
import Synchronization
import Testing

@testable import Cache

/// A Redis that is away, hangs, comes back, or talks nonsense: answers are `nil`, and right again by themselves.
@Suite struct RedisFaultTests {
    private let key = CacheKey("k", .number(1))
    private let hour = Duration.seconds(3600)

    private func cache(
        port: Int,
        password: String? = nil,
        commandTimeout: Duration = .milliseconds(100),
        tally: Tally = Tally(),
        capture: LogCapture = LogCapture()
    ) throws -> RedisCache {
        var options = RedisCache.Options()
        options.commandTimeout = commandTimeout
        options.backOffMax = .milliseconds(400)
        return try RedisCache(
            RedisAddress(host: "127.0.0.1", port: port, password: password),
            options: options,
            logger: capture.logger,
            meters: CacheMeters("redis", factory: tally)
        )
    }

    private func works(_ cache: RedisCache) async -> Bool {
        await cache.set(key, [1, 2, 3], for: hour)
        return await cache.get(key) == [1, 2, 3]
    }

    /// Asks so often at once; gives how many got something.
    private func hits(_ cache: RedisCache, asking times: Int) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<times { group.addTask { await cache.get(key) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test func aServerThatIsKilledIsMissedQuietlyAndFoundAgain() async throws {
        let server = try await RedisServer.start()
        let capture = LogCapture()
        let cache = try cache(port: server.server.port, capture: capture)
        try await eventually("the cache works") { await works(cache) }
        for _ in 0..<3 {
            await server.kill()
            #expect(await hits(cache, asking: 500) == 0)
            try await eventually("the server is known to be away") {
                let found = await cache.get(key)
                #expect(found == nil)
                return !cache.isAvailable
            }
            #expect(await hits(cache, asking: 500) == 0)
            try await server.start()
            try await eventually("the cache works again") { await works(cache) }
        }
        let changes = capture.lines.map { $0.hasPrefix("warning the cache is away") }
        #expect(zip(changes, changes.dropFirst()).allSatisfy { $0 != $1 }, "\(capture.lines)")
        #expect(changes.count { $0 } >= 3 && changes.last == false, "\(capture.lines)")
    }

    @Test func aServerThatWasRestartedMeanwhileIsNoFailure() async throws {
        let server = try await RedisServer.start()
        let tally = Tally()
        let capture = LogCapture()
        let cache = try cache(
            port: server.server.port,
            commandTimeout: .seconds(10),
            tally: tally,
            capture: capture
        )
        try await eventually("the cache is connected") { cache.isAvailable }
        for _ in 0..<3 {
            #expect(await works(cache))
            await server.kill()
            try await server.start()
            #expect(await cache.get(key) == nil, "it keeps nothing on the disk")
        }
        #expect(tally.errors == 0 && capture.lines.count == 1, "\(capture.lines)")
    }

    @Test func aServerThatHangsIsAskedByAFewAndLeftAlone() async throws {
        let server = try await RedisServer.start()
        let tally = Tally()
        let cache = try cache(port: server.server.port, tally: tally)
        try await eventually("the cache works") { await works(cache) }
        server.hang()
        #expect(await hits(cache, asking: 2_000) == 0)
        #expect(await hits(cache, asking: 2_000) == 0)
        await cache.set(key, [UInt8](repeating: 0, count: 1 << 20), for: hour)
        // One for each connection waited in vain; a connection may have been made anew once before that was clear.
        #expect(tally.count("errors timeout") <= 8)
        server.resume()
        try await eventually("the cache works again") { await works(cache) }
        await server.stop()
    }

    @Test func aLargeValueForAServerThatHangsIsGivenUp() async throws {
        let server = try await RedisServer.start()
        let cache = try cache(port: server.server.port)
        try await eventually("the cache works") { await works(cache) }
        server.hang()
        await cache.set(key, [UInt8](repeating: 0, count: 1 << 20), for: hour)
        #expect(await cache.get(key) == nil)
        server.resume()
        try await eventually("the cache works again") { await works(cache) }
        await server.stop()
    }

    @Test func aServerThatComesLaterIsFound() async throws {
        let server = try await RedisServer.start()
        await server.stop()
        let cache = try cache(port: server.server.port)
        #expect(await hits(cache, asking: 100) == 0)
        try await server.start()
        try await eventually("the cache works") { await works(cache) }
        await server.stop()
    }

    @Test func aWrongPasswordIsToldOnceAndNeverShown() async throws {
        let server = try await RedisServer.start(settings: ["requirepass": "right"])
        for (password, word) in [("hunter2", "WRONGPASS"), (nil, "NOAUTH")] {
            let capture = LogCapture()
            let cache = try cache(port: server.server.port, password: password, capture: capture)
            try await eventually("it was told") { !capture.lines.isEmpty }
            for _ in 0..<20 { #expect(await cache.get(key) == nil) }
            #expect(!cache.isAvailable)
            #expect(capture.lines.count == 1 && capture.lines[0].contains("refused (\(word))"))
            #expect(!capture.lines.joined().contains("hunter2"))
        }
        await server.stop()
    }

    /// What a server says that is no Redis, or a broken one.
    enum Nonsense: CaseIterable {
        case closesAtOnce
        case saysNothing
        case greetsWithNoise
        case closesAtTheQuestion
        case noise
        case another
        case somebodyElses
        case hugeArray
        case hugeLength
        case endlessLine
        case endlessValue
        case dripping
        case half
        case twoAnswers
        case number
        case badLength
        case nestedArrays
        case errorWithoutWord

        func answer(_ peer: FakeRedis.Peer) {
            switch self {
            case .closesAtOnce: return
            case .saysNothing: while peer.read() != nil {}
            case .greetsWithNoise: while peer.read() != nil, peer.write("HTTP/1.1 400\r\n\r\n") {}
            case .closesAtTheQuestion: _ = peer.greet()
            case .noise: say("\u{0}\u{1}\u{2}\u{3}\r\n", peer)
            case .another: say("+OK\r\n", peer)
            case .somebodyElses: say("$5\r\nhello\r\n", peer)
            case .hugeArray: say("*2147483647\r\n", peer)
            case .hugeLength: say("$9223372036854775807\r\nx", peer)
            case .endlessLine: flood("+", String(repeating: "x", count: 65_536), peer)
            case .endlessValue:
                flood("$100000000000\r\n", String(repeating: "x", count: 65_536), peer)
            case .dripping: flood("$100000\r\n", "x", pause: 10_000, peer)
            case .half: say("$10\r\nhalf", peer)
            case .twoAnswers: say("$-1\r\n$5\r\nhello\r\n", peer)
            case .number: say(":7\r\n", peer)
            case .badLength: say("$-2\r\n", peer)
            case .nestedArrays: say(String(repeating: "*1\r\n", count: 20), peer)
            case .errorWithoutWord: say("-\r\n", peer)
            }
        }

        private func say(_ text: String, _ peer: FakeRedis.Peer) {
            while peer.greet(), peer.write(text) {}
        }

        private func flood(
            _ start: String,
            _ rest: String,
            pause: UInt32 = 0,
            _ peer: FakeRedis.Peer
        ) {
            guard peer.greet(), peer.write(start) else { return }
            while peer.write(rest) { if pause > 0 { usleep(pause) } }
        }
    }

    @Test(arguments: Nonsense.allCases)
    func nonsenseIsNothing(nonsense: Nonsense) async throws {
        let server = try FakeRedis { nonsense.answer($0) }
        let cache = try cache(port: server.port)
        try await eventually("it was tried") { server.accepted > 0 }
        for round in 0..<10 {
            #expect(await cache.get(key) == nil)
            await cache.set(key, [1], for: hour)
            // Some of the time with whoever is connected by then.
            if round % 3 == 0 { try await Task.sleep(for: .milliseconds(120)) }
        }
        #expect(await hits(cache, asking: 100) == 0)
        // Larger than the socket's buffers: whoever closes meanwhile breaks the pipe.
        await cache.set(key, [UInt8](repeating: 7, count: 1 << 20), for: hour)
        server.close()
    }

    @Test func aConnectionThatFailsIsNotLeftOpen() async throws {
        let server = try FakeRedis { peer in
            while peer.read() != nil, peer.write("-DENIED go away\r\n") {}
        }
        let address = RedisAddress(host: "127.0.0.1", port: server.port, password: "secret")
        for _ in 0..<50 {
            let error = #expect(throws: RedisFailure.self) {
                try RedisConnection(address, RedisCache.Options())
            }
            #expect(error?.isRefusal == false || error?.word == "DENIED")
        }
        try await eventually("all have ended") {
            server.accepted >= 50 && server.ended == server.accepted
        }
        server.close()
    }

    @Test func aFaultThatGoesAwayIsForgotten() async throws {
        let server = try FakeRedis { peer in
            // The first twenty connections give nonsense; then it is a Redis that knows one answer.
            Self.turns.withLock { $0 += 1 }
            let turn = Self.turns.withLock { $0 }
            while peer.greet(), peer.write(turn <= 20 ? "?\r\n" : "+OK\r\n") {}
        }
        let tally = Tally()
        let cache = try cache(port: server.port, commandTimeout: .seconds(10), tally: tally)
        try await eventually("a value was taken") {
            let before = tally.errors
            guard cache.isAvailable else { return false }
            await cache.set(key, [1], for: hour)
            return tally.errors == before
        }
        #expect(tally.count("errors nonsense") > 0)
        server.close()
    }

    private static let turns = Mutex(0)
}
