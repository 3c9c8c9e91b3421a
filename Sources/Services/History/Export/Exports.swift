import Archives
import Events
import Foundation
import Logging
import Stores
import Synchronization
import Web

/// Makes exports: a few at a time, and one for each account.
final class Exports: Sendable {
    /// So many are made at a time.
    static let madeMax = 2
    /// So many are sent at a time.
    static let sentMax = 16

    /// An export that is made and sent to somebody; the account may have another when it has ended, or goes.
    final class Turn: Sendable {
        private let exports: Exports
        private let account: AccountID
        private let place: Mutex<Place?>

        fileprivate init(_ exports: Exports, _ account: AccountID, _ place: Place) {
            self.exports = exports
            self.account = account
            self.place = Mutex(place)
        }

        deinit {
            end()
        }

        /// Lets others have their turn; idempotent.
        func end() {
            let last = place.withLock { place in
                defer { place = nil }
                return place
            }
            guard last != nil else { return }
            _ = exports.accounts.withLock { $0.remove(account) }
        }
    }

    private let desk: StoreDesk
    private let folder: String
    /// Where exports are written, which takes as long as compressing them, and where they are read.
    private let files = ReadQueue(threads: madeMax)
    private let pieces = ReadQueue(threads: 2)
    private let free: @Sendable (String) -> Int64?
    private let logger: Logger
    private let making = Places(madeMax)
    private let sending = Places(sentMax)
    private let accounts = Mutex<Set<AccountID>>([])

    /// Exports into a folder, in which nothing is left of an earlier process's.
    init(
        _ desk: StoreDesk,
        folder: String,
        free: @escaping @Sendable (String) -> Int64? = ExportFile.free,
        logger: Logger
    ) {
        self.desk = desk
        self.folder = folder
        self.free = free
        self.logger = logger
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Makes an account's export; it lasts as long as the two values.
    ///
    /// - Throws: a `Problem` if there are too many or there is no room, and what reading throws.
    func make(for viewer: Viewer) async throws -> (turn: Turn, export: ExportReader) {
        let isFirst = accounts.withLock { $0.insert(viewer.account).inserted }
        guard isFirst else {
            throw Problem.tooManyExports("an export of this account is under way")
        }
        guard let place = sending.take() else {
            accounts.withLock { _ = $0.remove(viewer.account) }
            throw Problem.tooManyExports("too many exports are under way")
        }
        let turn = Turn(self, viewer.account, place)
        guard let workplace = making.take() else {
            throw Problem.tooManyExports("too many exports are under way")
        }
        defer { withExtendedLifetime(workplace) {} }
        do {
            return (turn, try await write(for: viewer))
        } catch is ExportFile.NoRoom {
            throw Problem.noRoom
        } catch let error as ArchiveError {
            try Task.checkCancellation()
            logger.warning("an export was not written: \(error.code)")
            throw Problem.noRoom
        } catch let error as CocoaError {
            logger.warning("an export was not written", metadata: ["code": "\(error.code)"])
            throw Problem.noRoom
        }
    }

    private func write(for viewer: Viewer) async throws -> ExportReader {
        let (folder, free) = (folder, free)
        let file = try await files.run {
            try ExportFile(below: folder, at: viewer.now, free: free)
        }
        var walk = ExportWalk(desk, for: viewer, into: file, on: files)
        try await walk.run()
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await files.run { try file.finish() }
        } onCancel: {
            file.cancel()
        }
    }

    /// The next piece of an export; empty at its end.
    func next(of export: ExportReader) async throws -> [UInt8] {
        try await pieces.run { try export.next() }
    }
}
