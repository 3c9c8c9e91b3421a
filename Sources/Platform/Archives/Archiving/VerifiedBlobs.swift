import Blobs
import Crypto
import Logging

/// A blob store to which an archive goes and from which it is read back before anybody relies on it.
struct VerifiedBlobs: Sendable {
    private static let pieceBytes: Int64 = 8 << 20

    private let store: any BlobStore

    init(_ store: any BlobStore) {
        self.store = store
    }

    /// Puts an archive at its key unless it is there; when this returns, its bytes were read from there.
    ///
    /// - Throws: `BlobError`, or `ArchiveError` with the code `corrupt` if other bytes come back.
    func put(_ packed: PackedArchive) async throws {
        let key = try BlobKey(packed.key)
        if try await isThereAlready(packed, at: key) { return }
        try await store.put(.file(packed.path), at: key)
        guard try await isThere(packed, at: key) else {
            throw ArchiveError(.corrupt, "other bytes came back", archive: packed.key)
        }
    }

    /// Whether it need not be put; of a blob that can't be read that is not so, since putting it is what mends it.
    private func isThereAlready(
        _ packed: PackedArchive,
        at key: BlobKey
    ) async throws -> Bool {
        guard try await store.info(key)?.size == packed.byteCount else { return false }
        do {
            return try await isThere(packed, at: key)
        } catch {
            try Task.checkCancellation()
            return false
        }
    }

    private func isThere(_ packed: PackedArchive, at key: BlobKey) async throws -> Bool {
        var hash = SHA256()
        for start in stride(from: 0, to: packed.byteCount, by: Int(Self.pieceBytes)) {
            let end = min(start + Self.pieceBytes, packed.byteCount)
            hash.update(data: try await store.get(key, start..<end))
        }
        return Array(hash.finalize()) == packed.sha256
    }

    /// Removes what writers that died left behind; that it does not work is no reason to stop.
    func removeLeftovers(olderThan age: Duration, _ logger: Logger) async {
        do {
            try await store.removeLeftovers(olderThan: age)
        } catch {
            logger.warning("leftovers were not removed from the blob store: \(error)")
        }
    }
}
