/// What is bounded for every blob store.
public enum BlobLimits {
    /// The longest key, in bytes.
    public static let keyBytesMax = 512
    /// The longest part of a key between two `/`, in bytes: what a file's name may have.
    public static let segmentBytesMax = 255
    /// The longest read, in bytes: it is held in memory.
    public static let readBytesMax: Int64 = 256 << 20
    /// The largest blob, in bytes.
    public static let blobBytesMax: Int64 = 64 << 30
    /// The longest page of a listing.
    public static let listMax = 10_000
}
