import Crypto
import Events
public import Stores

/// Writes the archive of a day and a shard.
///
/// Rows come in the order of their keys and wait in a file without a name until `finish`: memory holds what is known of each
/// conversation, not its rows. What is half written when the process dies is a file beside `path`, named after it; clear the folder before
/// beginning anew. The same rows give the same bytes, on any machine with the same libzip and zlib.
public final class ArchiveWriter {
    private let path: String
    private let day: ArchiveDay
    private let shard: Int
    private let shardCount: Int
    private let limits: ArchiveLimits
    private let spool: LineSpool
    private var current = ConversationTally()
    private var packed: [PackedConversation] = []

    /// Begins the archive of a day and a shard, from 0, that will lie at a path.
    ///
    /// - Throws: `ArchiveError` with the code `unwritable`.
    public init(
        path: String,
        day: ArchiveDay,
        shard: Int,
        shardCount: Int,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveError) {
        precondition((0..<shardCount).contains(shard), "a shard that is none")
        self.path = path
        self.day = day
        self.shard = shard
        self.shardCount = shardCount
        self.limits = limits
        do throws(ArchiveError) {
            spool = try LineSpool(beside: path)
        } catch {
            throw error.naming(archive: path)
        }
    }

    /// How many bytes of lines were added.
    var lineBytes: Int64 { spool.size }

    /// Adds rows: conversations in the order of their ids, each with its events in the order of their seqs.
    ///
    /// - Throws: `ArchiveError` with the code `invalidRows`, `tooLarge` or `unwritable`. The writer is of no use after that.
    public func append(_ rows: some Sequence<StoreRow>) throws(ArchiveError) {
        for row in rows {
            do throws(ArchiveError) {
                try append(row)
            } catch {
                throw error.naming(archive: path)
            }
        }
    }

    private func append(_ row: StoreRow) throws(ArchiveError) {
        guard let event = ArchivedEvent(row) else {
            throw ArchiveError(.invalidRows, "a row of another table")
        }
        if let conversation = current.conversation, conversation != event.conversation {
            guard conversation < event.conversation else {
                throw ArchiveError(.invalidRows, "conversations out of order")
            }
            try finishConversation()
        }
        try current.add(event, on: day)
        let line = try ArchiveLine.encode(row)
        guard line.count <= limits.lineBytesMax else {
            throw ArchiveError(.tooLarge, "\(row.keyDescription): a line of \(line.count) bytes")
        }
        line.withUnsafeBytes { current.add($0) }
        guard current.byteCount <= limits.entryBytesMax else {
            throw ArchiveError(.tooLarge, "\(row.keyDescription): too many events in a day")
        }
        try spool.append(line)
    }

    private func finishConversation() throws(ArchiveError) {
        guard let conversation = current.packed else { return }
        guard packed.count < limits.conversationsMax else {
            throw ArchiveError(.tooLarge, "more than \(packed.count) conversations")
        }
        packed.append(conversation)
        current = ConversationTally()
    }

    /// Compresses and writes everything; when this returns, the archive is durable.
    ///
    /// Blocks for as long as that takes, or until the task is cancelled. Whether it can be read is another matter: see `ArchiveVerification`.
    ///
    /// - Throws: `ArchiveError` with the code `unwritable` or `tooLarge`.
    public func finish() throws(ArchiveError) -> PackedArchive {
        do throws(ArchiveError) {
            try finishConversation()
            let index = ArchiveIndex.encode(packed.map(\.summary))
            guard Int64(index.count) <= limits.indexBytesMax else {
                throw ArchiveError(.tooLarge, "an index of \(index.count) bytes")
            }
            let manifest = ArchiveManifest(
                day: day,
                shard: shard,
                shardCount: shardCount,
                conversations: packed.count,
                events: packed.reduce(0) { $0 + $1.summary.count },
                indexSHA256: SHA256.hash(data: index).hexadecimal
            )
            try write(index, manifest)
            return try readBack(manifest)
        } catch {
            throw error.naming(archive: path)
        }
    }

    private func write(_ index: [UInt8], _ manifest: ArchiveManifest) throws(ArchiveError) {
        try spool.flush()
        let zip = try ZipWriter(path)
        defer { zip.discard() }
        var place: Int64 = 0
        for conversation in packed {
            let end = place + conversation.summary.byteCount
            let name = ArchiveFormat.entry(of: conversation.summary.conversation)
            try zip.add(name, spool.input(place..<end), of: day)
            place = end
        }
        try zip.add(ArchiveFormat.index, SparseBytes(index), of: day)
        try zip.add(ArchiveFormat.manifest, SparseBytes(manifest.encoded()), of: day)
        try zip.close()
    }

    /// Makes the file and its name durable, and reads what it is.
    private func readBack(_ manifest: ArchiveManifest) throws(ArchiveError) -> PackedArchive {
        let file = try DiskFile.reading(path)
        try file.sync()
        try DiskFile.syncFolder(of: path)
        return PackedArchive(
            path: path,
            byteCount: try file.size(),
            sha256: try file.sha256(),
            manifest: manifest,
            conversations: packed
        )
    }
}

extension DiskFile {
    /// SHA-256 of the whole file.
    func sha256() throws(ArchiveError) -> [UInt8] {
        var hash = SHA256()
        var place: Int64 = 0
        while true {
            let bytes = try read(place..<place + 1024 * 1024)
            guard !bytes.isEmpty else { return Array(hash.finalize()) }
            hash.update(data: bytes)
            place += Int64(bytes.count)
        }
    }
}
