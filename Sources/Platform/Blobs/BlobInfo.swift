/// What is known of a blob without reading it.
public struct BlobInfo: Hashable, Sendable {
    /// Its key.
    public let key: BlobKey
    /// How many bytes it has.
    public let size: Int64

    /// What is known, of its parts.
    public init(key: BlobKey, size: Int64) {
        self.key = key
        self.size = size
    }
}
