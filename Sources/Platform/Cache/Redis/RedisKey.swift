/// A key as a Redis has it: after the installation's prefix.
enum RedisKey {
    static let bytesMax = CacheLimits.prefixBytesMax + 1 + CacheLimits.keyBytesMax

    static func make(prefix: String, _ key: CacheKey) -> [UInt8] {
        Array(prefix.utf8) + [UInt8(ascii: ":")] + key.bytes
    }
}
