import Foundation
import Synchronization

/// A finished export, read from its beginning to its end; blocks.
final class ExportReader: Sendable {
    /// So much is read at a time.
    static let pieceBytes = 128 * 1024

    /// Somebody has made the file shorter.
    struct CutShort: Error {}

    /// How large it is.
    let size: Int
    private let handle: Mutex<FileHandle>
    private let file: ExportFile

    init(path: String, keeping file: ExportFile) throws {
        let url = URL(fileURLWithPath: path)
        let handle = try FileHandle(forReadingFrom: url)
        size = Int(try handle.seekToEnd())
        try handle.seek(toOffset: 0)
        self.handle = Mutex(handle)
        self.file = file
    }

    deinit {
        handle.withLock { try? $0.close() }
    }

    /// The next piece; empty at the end.
    func next() throws -> [UInt8] {
        try handle.withLock { [UInt8](try $0.read(upToCount: Self.pieceBytes) ?? Data()) }
    }
}
