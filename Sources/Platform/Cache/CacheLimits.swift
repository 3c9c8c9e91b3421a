/// What a cache takes at most.
public enum CacheLimits {
    /// A longer key is never kept; in bytes.
    public static let keyBytesMax = 512
    /// A longer value is not kept unless the cache was told otherwise; in bytes.
    public static let valueBytesMax = 1 << 20
    /// A longer prefix of a shared cache is refused; in bytes of UTF-8.
    public static let prefixBytesMax = 64
    /// What a memory cache holds unless it was told otherwise; in bytes.
    public static let memoryBytesMax = 64 << 20
    /// A longer time to live is cut to this.
    public static let lifetimeMax = Duration.seconds(365 * 86_400)
}
