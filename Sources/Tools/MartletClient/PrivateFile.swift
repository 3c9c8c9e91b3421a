package import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Files that only their owner may read, replaced as a whole.
package enum PrivateFile {
    /// Makes a folder, and those above it, for the owner alone.
    package static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// Writes a file so that a reader, or a start after a crash, sees the old bytes or the new ones.
    ///
    /// With `isDurable`, a power failure after the return does not undo it.
    package static func write(_ data: Data, to path: String, isDurable: Bool = true) throws {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                Foundation.write(file, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw failure()
            }
            rest = rest.dropFirst(count)
        }
        if isDurable, fsync(file) != 0 {
            throw failure()
        }
        guard rename(temporary, path) == 0 else { throw failure() }
    }

    private static func failure() -> CocoaError {
        CocoaError(.fileWriteUnknown, userInfo: ["errno": errno])
    }
}
