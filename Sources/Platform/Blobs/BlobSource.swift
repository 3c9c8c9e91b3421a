/// Where the bytes of a new blob come from.
public enum BlobSource: Sendable {
    /// From memory.
    case bytes([UInt8])
    /// From the file at this path, which must not change meanwhile.
    case file(String)
}
