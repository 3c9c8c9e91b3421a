import Archives
import Events
import Foundation
import Synchronization

/// The zip that an export is written into: in a folder of its own, which goes with it.
///
/// Everything blocks.
final class ExportFile: Sendable {
    /// So much is left free on the disk, which others write to as well.
    static let reserveBytes: Int64 = 256 * 1024 * 1024
    /// After so much the room is looked at again.
    private static let stepBytes: Int64 = 8 * 1024 * 1024

    /// There is no room for it.
    struct NoRoom: Error {}

    private struct State {
        var writer: ZipFileWriter
        var checked: Int64 = 0
    }

    private let folder: String
    private let free: @Sendable (String) -> Int64?
    private let state: Mutex<State>
    private let isCancelled = Atomic(false)

    /// Begins one in a folder below another; `free` says how much is free on the disk of a path.
    init(
        below parent: String,
        at time: Timestamp,
        free: @escaping @Sendable (String) -> Int64? = ExportFile.free
    ) throws {
        let folder = "\(parent)/\(UUID().uuidString)"
        self.folder = folder
        self.free = free
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        do {
            let path = folder + "/export.zip"
            state = Mutex(State(writer: try ZipFileWriter(path: path, at: time)))
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
        try checkRoom(for: 0)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Begins a file in it, or goes on with the one that was begun last.
    func write(_ bytes: [UInt8], to name: String? = nil) throws {
        try state.withLock { state in
            if let name { state.writer.begin(name) }
            try state.writer.append(bytes)
            let size = state.writer.byteCount
            guard size - state.checked >= Self.stepBytes else { return }
            state.checked = size
            try checkRoom(for: 0)
        }
    }

    /// Lets `finish` fail soon: nobody wants it any more.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// Ends it; what comes of it is read from then on.
    func finish() throws -> ExportReader {
        try state.withLock { state in
            // Compressed it is no larger than what has come, give or take the names.
            try checkRoom(for: state.writer.byteCount)
            try state.writer.finish { self.isCancelled.load(ordering: .relaxed) }
        }
        return try ExportReader(path: folder + "/export.zip", keeping: self)
    }

    private func checkRoom(for bytes: Int64) throws {
        guard let free = free(folder) else { return }
        guard free - bytes >= Self.reserveBytes else { throw NoRoom() }
    }

    /// How much is free on the disk that a path is on; `nil`: it can't be told.
    static func free(_ path: String) -> Int64? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
    }
}
