import Metrics
import Synchronization

/// A cache in this process: bounded in bytes, what was not used for longest goes first.
public final class MemoryCache: Cache {
    private let table: Mutex<RecencyTable>
    private let valueBytesMax: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let meters: CacheMeters

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - bytesMax: what keys, values and the cache's own records of them may take.
    ///   - valueBytesMax: a longer value is not kept.
    ///   - now: the time; it must never go back.
    public convenience init(
        bytesMax: Int = CacheLimits.memoryBytesMax,
        valueBytesMax: Int = CacheLimits.valueBytesMax,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.init(
            bytesMax: bytesMax,
            valueBytesMax: valueBytesMax,
            now: now,
            meters: CacheMeters("memory")
        )
    }

    init(
        bytesMax: Int,
        valueBytesMax: Int,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        meters: CacheMeters
    ) {
        table = Mutex(RecencyTable(bytesMax: bytesMax))
        self.valueBytesMax = valueBytesMax
        self.now = now
        self.meters = meters
    }

    /// What is kept under a key; never waits.
    public func get(_ key: CacheKey) -> [UInt8]? {
        let now = now()
        let bytes = table.withLock { $0.find(key, at: now) }
        meters.answered(bytes)
        return bytes
    }

    /// Keeps bytes under a key; never waits.
    public func set(_ key: CacheKey, _ bytes: [UInt8], for lifetime: Duration) {
        guard key.isBounded, bytes.count <= valueBytesMax, lifetime > .zero else { return }
        let expiry = now() + min(lifetime, CacheLimits.lifetimeMax)
        table.withLock { $0.insert(key, bytes, until: expiry) }
    }
}
