import Cache
import Foundation
import Logging
import ServerSupport

/// The implementations of `Cache`, for the tests that hold for all of them.
enum CacheKind: CaseIterable {
    case memory
    case redis

    /// An empty cache; with a Redis one that is connected, and has so much time that a busy machine fails no test.
    func make(valueBytesMax: Int = CacheLimits.valueBytesMax) async throws -> any Cache {
        switch self {
        case .memory: return MemoryCache(valueBytesMax: valueBytesMax)
        case .redis:
            let server = try await RedisServer.shared()
            var options = RedisCache.Options(prefix: UUID().uuidString)
            options.valueBytesMax = valueBytesMax
            options.queueCountMax = 100_000
            options.connectTimeout = .seconds(30)
            options.commandTimeout = .seconds(30)
            let cache = try RedisCache(
                RedisAddress(host: "127.0.0.1", port: server.server.port),
                options: options,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await eventually("Redis is connected") { cache.isAvailable }
            return cache
        }
    }
}
