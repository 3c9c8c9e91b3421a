import Crypto
public import Stores

extension ArchiveVerification {
    private static var pieceBytes: Int64 { 4 * 1024 * 1024 }

    /// Verifies a file; blocks.
    ///
    /// - Parameters:
    ///   - path: where the archive lies.
    ///   - sha256: what SHA-256 of the file must be, if that is known.
    ///   - limits: what to believe at most.
    ///   - visit: is given every event, in the order of their keys.
    /// - Returns: what the archive has, counted again.
    /// - Throws: `ArchiveError`, or what `visit` throws.
    public static func verify(
        path: String,
        sha256: [UInt8]? = nil,
        limits: ArchiveLimits = ArchiveLimits(),
        visit: (StoreRow) throws -> Void = { _ in }
    ) throws -> VerifiedArchive {
        do {
            let file = try DiskFile.reading(path)
            if let sha256, try file.sha256() != sha256 { throw unlike }
            var verification = try ArchiveVerification(
                archive: path,
                size: try file.size(),
                limits: limits
            )
            while let range = verification.needs {
                try verification.provide(try file.read(range), visit: visit)
            }
            return try verification.verified()
        } catch let error as ArchiveError {
            throw error.naming(archive: path)
        }
    }

    /// Verifies an archive of which ranges can be read.
    ///
    /// - Parameters:
    ///   - archive: its name, for errors.
    ///   - size: how large it is.
    ///   - sha256: what SHA-256 of it must be, if that is known; it is read twice then.
    ///   - limits: what to believe at most.
    ///   - read: reads a range.
    ///   - visit: is given every event, in the order of their keys.
    /// - Returns: what the archive has, counted again.
    /// - Throws: `ArchiveError`, or what `read` or `visit` throws.
    public static func verify(
        archive: String,
        size: Int64,
        sha256: [UInt8]? = nil,
        limits: ArchiveLimits = ArchiveLimits(),
        read: (Range<Int64>) async throws -> [UInt8],
        visit: (StoreRow) throws -> Void = { _ in }
    ) async throws -> VerifiedArchive {
        if let sha256 {
            var hash = SHA256()
            for start in stride(from: 0, to: size, by: Int(pieceBytes)) {
                hash.update(data: try await read(start..<min(size, start + pieceBytes)))
            }
            guard Array(hash.finalize()) == sha256 else {
                throw unlike.naming(archive: archive)
            }
        }
        var verification = try ArchiveVerification(archive: archive, size: size, limits: limits)
        while let range = verification.needs {
            try verification.provide(try await read(range), visit: visit)
        }
        return try verification.verified()
    }

    private static var unlike: ArchiveError {
        ArchiveError(.corrupt, "not the bytes that were written")
    }

    /// The result, which is there when nothing more is needed.
    private func verified() throws(ArchiveError) -> VerifiedArchive {
        guard let result else { throw ArchiveError(.corrupt, "not read to its end") }
        return result
    }
}
