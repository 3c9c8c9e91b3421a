/// Keeps bytes for a while, by keys that name what they were made from.
///
/// A key contains the version of its source (the store's positions, an archive's content hash), so nothing is ever invalidated, and a cache
/// that loses what it has, or gives what it had a minute ago, never gives a wrong answer. It may only be slower to have none: hence nothing here
/// throws, and a cache that is away answers `nil`.
public protocol Cache: Sendable {
    /// What is kept under a key; `nil` if nothing is, or if the cache does not say so soon.
    func get(_ key: CacheKey) async -> [UInt8]?

    /// Keeps bytes under a key for some time, if it can.
    ///
    /// A key or value beyond `CacheLimits` is not kept, nor is what has no time to live.
    func set(_ key: CacheKey, _ bytes: [UInt8], for lifetime: Duration) async
}
