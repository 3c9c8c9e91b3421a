public import Events

/// Writes a zip of files that come one after the other, each in pieces.
///
/// What comes waits in a file without a name, beside where the zip will be, until `finish`: memory holds the names alone. No two files may have the same
/// name. What is half written when the process dies is a file beside `path`, named after it.
public final class ZipFileWriter {
    private let path: String
    private let day: ArchiveDay
    private var spool: LineSpool?
    private var files: [(name: String, start: Int64)] = []

    /// Begins a zip that will lie at a path; `time` is when its files were written.
    ///
    /// - Throws: `ArchiveError` with the code `unwritable`.
    public init(path: String, at time: Timestamp) throws(ArchiveError) {
        self.path = path
        day = ArchiveDay(containing: time)
        spool = try LineSpool(beside: path)
    }

    /// How much has come and waits, uncompressed.
    public var byteCount: Int64 { spool?.size ?? 0 }

    /// Begins the next file, and ends the one before.
    public func begin(_ name: String) { files.append((name, byteCount)) }

    /// Adds to the file that was begun last.
    ///
    /// - Throws: `ArchiveError` with the code `unwritable`.
    public func append(_ bytes: [UInt8]) throws(ArchiveError) {
        precondition(!files.isEmpty, "no file was begun")
        guard let spool else { throw Self.finished }
        try spool.append(bytes)
    }

    /// Compresses everything and puts the zip in its place; not synced.
    ///
    /// Blocks for as long as that takes, or until `isCancelled` says yes. Whatever comes of it, what has waited is gone then.
    ///
    /// - Throws: `ArchiveError` with the code `unwritable`.
    public func finish(
        isCancelled: @escaping () -> Bool = { Task.isCancelled }
    ) throws(ArchiveError) {
        guard let spool else { throw Self.finished }
        // It takes as much room on the disk as everything uncompressed, and the writer may live as long as the zip.
        defer { self.spool = nil }
        try spool.flush()
        let zip = try ZipWriter(path, isCancelled: isCancelled)
        defer { zip.discard() }
        for (place, file) in files.enumerated() {
            let end = place + 1 < files.count ? files[place + 1].start : spool.size
            try zip.add(file.name, spool.input(file.start..<end), of: day)
        }
        try zip.close()
    }

    private static let finished = ArchiveError(.unwritable, "the zip was finished")
}
