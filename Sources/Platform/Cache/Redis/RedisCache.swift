public import Logging
import Metrics

/// A cache in a Redis that several processes share; without it everything is slower and nothing is wrong.
public final class RedisCache: Cache {
    /// How much, how long, how often.
    public struct Options: Sendable {
        /// Begins all keys, so that installations can share a Redis.
        public var prefix: String
        /// Connections, each with a thread of its own.
        public var connections = 4
        /// Requests that wait for a connection, at most.
        public var queueCountMax = 256
        /// Bytes that wait for a connection, at most.
        public var queueBytesMax = 16 << 20
        /// A longer value is not kept.
        public var valueBytesMax = CacheLimits.valueBytesMax
        /// How long the server may take to accept a connection.
        public var connectTimeout = Duration.milliseconds(100)
        /// How long a request may wait for a connection, and then the server take to answer.
        public var commandTimeout = Duration.milliseconds(100)
        /// The shortest time without another try after a failure.
        public var backOffMin = Duration.milliseconds(100)
        /// The longest time without another try after many failures.
        public var backOffMax = Duration.seconds(5)

        /// The defaults under this prefix.
        public init(prefix: String = "martlet") {
            self.prefix = prefix
        }
    }

    private let options: Options
    private let workers: RedisWorkers

    /// Begins to connect; until that has succeeded the cache has nothing.
    ///
    /// - Throws: `CacheError` for a prefix that is empty or too long.
    public convenience init(
        _ address: RedisAddress,
        options: Options = Options(),
        logger: Logger
    ) throws(CacheError) {
        try self.init(address, options: options, logger: logger, meters: CacheMeters("redis"))
    }

    init(
        _ address: RedisAddress,
        options: Options,
        logger: Logger,
        meters: CacheMeters
    ) throws(CacheError) {
        guard (1...CacheLimits.prefixBytesMax).contains(options.prefix.utf8.count) else {
            throw CacheError(
                .invalidPrefix,
                "the prefix of a cache has 1 to \(CacheLimits.prefixBytesMax) bytes"
            )
        }
        self.options = options
        workers = RedisWorkers(address, options, logger: logger, meters: meters)
        workers.start()
    }

    deinit { workers.close() }

    /// Whether a server is connected.
    public var isAvailable: Bool { workers.isAvailable }

    /// What is kept under a key; `nil` at once while the server is away, and soon if it does not answer.
    public func get(_ key: CacheKey) async -> [UInt8]? {
        guard key.isBounded else { return nil }
        return await ask(.get, RedisKey.make(prefix: options.prefix, key))
    }

    /// Keeps bytes under a key; returns when the server has them, or when it will not have them.
    public func set(_ key: CacheKey, _ bytes: [UInt8], for lifetime: Duration) async {
        guard key.isBounded, bytes.count <= options.valueBytesMax, lifetime > .zero else { return }
        let key = RedisKey.make(prefix: options.prefix, key)
        let sealed = RedisEnvelope.seal(bytes, under: key)
        _ = await ask(.set(sealed: sealed, lifetime: min(lifetime, CacheLimits.lifetimeMax)), key)
    }

    /// Answers everybody who waits and ends the connections; idempotent, and done by itself when nobody has the cache any more.
    public func close() { workers.close() }

    private func ask(_ command: RedisJob.Command, _ key: [UInt8]) async -> [UInt8]? {
        await withCheckedContinuation { waiter in
            workers.submit(RedisJob(key: key, command: command, waiter: waiter))
        }
    }
}
