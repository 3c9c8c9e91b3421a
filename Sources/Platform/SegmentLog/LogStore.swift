public import Logging
import NIOCore
import Synchronization

/// A data folder with all its topics: opens and recovers it, makes and deletes topics, commits what is appended.
///
///     store.meta            cluster id, next topic number, next producer id
///     LOCK                  held while the folder is in use
///     journal/N.journal     what was appended since the last checkpoint, all partitions
///     topics/NAME~NUMBER/   topic.meta, and per partition a folder of segments
///
/// Format version 1. An unknown version is refused, never guessed at.
public final class LogStore: Sendable {
    /// How the store is to work.
    public struct Configuration: Sendable {
        /// When a new journal is begun, in bytes.
        public var journalBytesMax = 64 << 20
        /// How many bytes of the newest batches are kept in memory, over all partitions.
        public var tailBytesMax = 64 << 20
        /// How many bytes may wait for the next sync.
        public var queuedBytesMax = 64 << 20

        /// The defaults.
        public init() {}
    }

    struct State {
        var topics: [String: Topic] = [:]
        var clusterID = ""
        /// Reserved, and not given yet.
        var producerIDs: Range<Int64> = 0..<0
    }

    static let formatVersion: UInt16 = 1
    static let producerIDBlock: Int64 = 1000

    let directory: String
    let files: any FileSystem
    let configuration: Configuration
    let logger: Logger
    let committer: Committer
    let state: Mutex<State>
    /// What `store.meta` says.
    ///
    /// The lock is held while the file is written, so that nobody puts back what another has taken.
    let meta: Mutex<StoreMeta>
    private let checkpointer: Mutex<Checkpointer?>
    private let lock: Mutex<(any AnyObject & Sendable)?>

    /// Opens a data folder, making it if it is missing, and recovers what a crash left.
    ///
    /// - Parameters:
    ///   - directory: the folder.
    ///   - files: the file system.
    ///   - configuration: how the store is to work.
    ///   - logger: told about what recovery found.
    ///   - onCommit: told, once per group, what became durable or failed; called by the committer's thread, must not block.
    ///   - onFatal: told that the store stopped for good, because a sync failed; the process must end and start anew.
    /// - Throws: ``SegmentLogError``: locked, corrupt, or the file system's.
    public init(
        directory: String,
        files: any FileSystem = DiskFileSystem(),
        configuration: Configuration = Configuration(),
        logger: Logger,
        onCommit: @escaping @Sendable (Commit) -> Void,
        onFatal: @escaping @Sendable (SegmentLogError) -> Void
    ) throws(SegmentLogError) {
        self.directory = directory
        self.files = files
        self.configuration = configuration
        self.logger = logger
        committer = Committer(
            queuedBytesMax: configuration.queuedBytesMax,
            journalBytesMax: configuration.journalBytesMax,
            logger: logger,
            onCommit: onCommit,
            onFatal: onFatal
        )
        state = Mutex(State())
        meta = Mutex(StoreMeta())
        checkpointer = Mutex(nil)
        do throws(FileSystemError) {
            try files.createDirectory(directory + "/topics")
            try files.createDirectory(directory + "/journal")
            guard let lock = try files.lock(directory + "/LOCK") else {
                throw FileSystemError(number: 0, operation: "lock")
            }
            self.lock = Mutex(lock)
        } catch {
            if error.operation == "lock" {
                throw SegmentLogError(.locked, "another process uses \(directory)")
            }
            throw SegmentLogError(error)
        }
        try loadMeta()
        try openTopics()
        try start(onFatal: onFatal)
    }

    /// The cluster id, made once per data folder.
    public var clusterID: String { state.withLock { $0.clusterID } }

    /// All topics by name.
    public var topics: [String: Topic] { state.withLock { $0.topics } }

    /// The topic of this name.
    public func topic(_ name: String) -> Topic? { state.withLock { $0.topics[name] } }

    /// Finishes what was appended, makes a checkpoint and lets go of the folder.
    ///
    /// Blocks.
    public func close() {
        committer.submitWork(.checkpoint)
        committer.close()
        checkpointer.withLock { $0 }?.close()
        lock.withLock { $0 = nil }
    }

    /// Begins a new journal and makes a checkpoint of the old one, in the background.
    public func requestCheckpoint() {
        committer.submitWork(.checkpoint)
    }

    /// Applies retention to all partitions; to be called every now and then, not on an event loop.
    ///
    /// - Parameter now: milliseconds since 1970.
    public func housekeep(now: Int64) {
        var wantsCheckpoint = false
        for topic in topics.values {
            for log in topic.partitions {
                if log.hasUnwritten { log.requestFlush() }
                do throws(SegmentLogError) {
                    try log.applyRetention(now: now)
                } catch {
                    logger.warning("retention failed", metadata: ["error": "\(error)"])
                }
                wantsCheckpoint = wantsCheckpoint || log.wantsCheckpoint
            }
        }
        if wantsCheckpoint { requestCheckpoint() }
    }

    // MARK: Opening

    private func loadMeta() throws(SegmentLogError) {
        let path = directory + "/store.meta"
        do throws(FileSystemError) {
            if files.exists(path) {
                guard
                    let (content, version) = try SealedFile.read(
                        kind: .store,
                        from: path,
                        in: files
                    ),
                    version == Self.formatVersion, let found = StoreMeta(from: content)
                else { throw FileSystemError(number: 0, operation: "meta") }
                meta.withLock { $0 = found }
                state.withLock { $0.clusterID = found.clusterID }
            } else {
                guard try files.contents(of: directory + "/topics").isEmpty else {
                    throw FileSystemError(number: 0, operation: "meta")
                }
                let clusterID = StoreMeta.makeClusterID()
                try changeMeta { $0.clusterID = clusterID }
                try files.syncDirectory(directory)
                state.withLock { $0.clusterID = clusterID }
            }
        } catch {
            if error.operation == "meta" {
                throw SegmentLogError(
                    .corrupt,
                    "\(path) is missing, damaged, or of another version"
                )
            }
            throw SegmentLogError(error)
        }
    }

    /// Changes `store.meta`, durably; one change at a time.
    ///
    /// - Returns: what it says now.
    @discardableResult
    func changeMeta(_ change: (inout StoreMeta) -> Void) throws(FileSystemError) -> StoreMeta {
        try meta.withLock { meta throws(FileSystemError) in
            var changed = meta
            change(&changed)
            try SealedFile.write(
                changed.encode(),
                kind: .store,
                version: Self.formatVersion,
                to: directory + "/store.meta",
                durable: true,
                in: files
            )
            meta = changed
            return changed
        }
    }

    private func start(
        onFatal: @escaping @Sendable (SegmentLogError) -> Void
    ) throws(SegmentLogError) {
        do throws(FileSystemError) {
            let journalDirectory = directory + "/journal"
            let names = try files.contents(of: journalDirectory).filter {
                $0.hasSuffix(".journal")
            }
            var sequence: UInt64 = 0
            do throws(SegmentLogError) {
                sequence = try replay(names.map { journalDirectory + "/" + $0 })
            } catch {
                throw FileSystemError(number: 0, operation: error.message)
            }
            for topic in topics.values {
                for log in topic.partitions { try log.checkpoint() }
            }
            let last = names.compactMap { UInt64($0.dropLast(8)) }.max() ?? 0
            let journal = try Journal(
                directory: journalDirectory,
                sequence: max(sequence, last) + 1,
                files: files
            )
            for name in names { try files.remove(journalDirectory + "/" + name) }
            let checkpointer = Checkpointer(
                files: files,
                retired: [],
                logger: logger,
                partitions: { [weak self] in
                    self?.topics.values.flatMap(\.partitions) ?? []
                },
                onFatal: onFatal
            )
            self.checkpointer.withLock { $0 = checkpointer }
            checkpointer.start()
            committer.start(journal: journal, checkpointer: checkpointer)
        } catch {
            throw error.number == 0
                ? SegmentLogError(.corrupt, error.operation) : SegmentLogError(error)
        }
    }

    /// Brings what is in journals into the segments; returns the highest sequence number.
    private func replay(_ paths: [String]) throws(SegmentLogError) -> UInt64 {
        var logs: [PartitionID: PartitionLog] = [:]
        for topic in topics.values {
            for log in topic.partitions { logs[log.id] = log }
        }
        var sequence: UInt64 = 0
        var count = 0
        var staging = ByteBuffer()
        do throws(FileSystemError) {
            for path in paths {
                var reader = try JournalReader(path, after: sequence, files: files)
                while let frame = try reader.next() {
                    // A partition that is not there any more was deleted with its topic.
                    guard let log = logs[frame.id] else { continue }
                    do throws(SegmentLogError) {
                        if try log.replay(frame, staging: &staging) { count += 1 }
                    } catch {
                        throw FileSystemError(number: 0, operation: error.message)
                    }
                }
                sequence = reader.sequence
            }
        } catch {
            throw error.number == 0
                ? SegmentLogError(.corrupt, error.operation) : SegmentLogError(error)
        }
        for log in logs.values {
            try log.flush(staging: &staging)
            guard log.finishReplay() else { continue }
            logger.warning("reading a partition anew", metadata: ["path": "\(log.directory)"])
            let recovery = PartitionRecovery(
                directory: log.directory,
                files: files,
                logger: logger,
                usesSnapshot: false
            )
            log.adoptProducers(of: try recovery.run())
        }
        if count > 0 {
            logger.notice("recovered from the journal", metadata: ["batches": "\(count)"])
        }
        return sequence
    }
}
