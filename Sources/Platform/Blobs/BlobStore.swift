/// A store of whole blobs under keys: a folder of this machine, or a bucket of an S3 server.
///
/// Safe to use from any task and any number of processes at once. A blob is replaced whole or not at all: who reads it meanwhile gets
/// the old bytes or the new ones. A key must not be another's folder (`a` and `a/b`): a folder store refuses it, S3 does not.
/// Cancelling a task ends its call with `unavailable`.
public protocol BlobStore: Sendable {
    /// Puts a whole blob: visible only when it is complete, durable when this returns; replaces what was there.
    ///
    /// After an error the outcome may be unknown; putting it again settles it.
    ///
    /// - Throws: `full` if there is no room, `invalid` if the source can't be read or is too large.
    func put(_ source: BlobSource, at key: BlobKey) async throws(BlobError)

    /// Reads a blob, or a range of its bytes.
    ///
    /// - Parameters:
    ///   - key: which blob.
    ///   - range: which bytes, from 0; `nil` means all. Never longer than `BlobLimits.readBytesMax`.
    /// - Returns: exactly the bytes asked for.
    /// - Throws: `notFound` if there is none, `invalid` if the range goes beyond its end or is too long.
    func get(_ key: BlobKey, _ range: Range<Int64>?) async throws(BlobError) -> [UInt8]

    /// What is known of a blob without reading it; `nil` if there is none.
    func info(_ key: BlobKey) async throws(BlobError) -> BlobInfo?

    /// Removes a blob; nothing happens if there is none.
    func remove(_ key: BlobKey) async throws(BlobError)

    /// The blobs whose keys begin with `prefix`, in the order of the keys' bytes.
    ///
    /// - Parameters:
    ///   - prefix: what the keys begin with, in characters that a key may have; it need not end at a `/`.
    ///   - key: the last one of the page before; `nil` means from the beginning.
    ///   - limit: how many at most, up to `BlobLimits.listMax`.
    /// - Returns: the page; one with fewer than `limit` (or `BlobLimits.listMax`, if that is less) is the last.
    /// - Throws: `invalid` if no key can begin with `prefix`.
    func list(
        _ prefix: String,
        after key: BlobKey?,
        limit: Int
    ) async throws(BlobError) -> [BlobInfo]

    /// Removes what writers that died left behind: files and uploads that were begun before `age` ago.
    ///
    /// - Parameter age: longer than any put may take.
    /// - Returns: how many there were.
    /// - Throws: what the store says; some may be removed then.
    @discardableResult
    func removeLeftovers(olderThan age: Duration) async throws(BlobError) -> Int
}

extension BlobStore {
    /// Reads a whole blob.
    public func get(_ key: BlobKey) async throws(BlobError) -> [UInt8] {
        try await get(key, nil)
    }
}
