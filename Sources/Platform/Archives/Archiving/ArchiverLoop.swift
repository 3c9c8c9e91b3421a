public import Events
public import Logging

/// Runs an archiver from time to time, and sooner again when something was in the way.
///
/// While the blob store is away or full nothing is lost: what is not archived stays in the hot store.
public struct ArchiverLoop: Sendable {
    /// How long to wait while the store has not caught up with the log.
    static let catchUpWait: Duration = .seconds(2)

    private let archiver: Archiver
    private let clock: any WallClock
    private let caughtUp: @Sendable () async throws -> Timestamp?
    private let onState: @Sendable (String) -> Void
    private let logger: Logger
    private let meters = ArchiverMeters()

    /// A loop.
    ///
    /// - Parameters:
    ///   - archiver: what is run.
    ///   - clock: tells which days are over.
    ///   - caughtUp: a moment of which the store has everything that the log had then; `nil`: none yet.
    ///     So a replay from the beginning does not make archives of half days.
    ///   - logger: told when something is in the way, and when it is not any more.
    ///   - onState: told in a few words how it stands.
    public init(
        _ archiver: Archiver,
        clock: any WallClock,
        caughtUp: @escaping @Sendable () async throws -> Timestamp?,
        logger: Logger,
        onState: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.archiver = archiver
        self.clock = clock
        self.caughtUp = caughtUp
        self.logger = logger
        self.onState = onState
    }

    /// Runs until it is cancelled.
    public func run() async {
        var retries = ArchiverRetries(archiver.settings)
        while !Task.isCancelled {
            let wait = await turn(&retries)
            do { try await Task.sleep(for: wait) } catch { return }
        }
    }

    /// One run, and how long to wait after it.
    func turn(_ retries: inout ArchiverRetries) async -> Duration {
        do {
            guard let moment = try await caughtUp() else {
                onState("waiting for the store to catch up with the log")
                return Self.catchUpWait
            }
            try await archiver.runOnce(now: min(moment, clock.now()))
            if retries.succeeded() { logger.notice("archiving goes on") }
            onState("")
            return archiver.settings.interval
        } catch {
            guard !Task.isCancelled else { return .zero }
            let code = ArchiveFailure.code(of: error)
            meters.failed(code)
            let (wait, isNew) = retries.failed(code)
            if isNew {
                logger.warning(
                    "nothing is archived for now; it stays in the hot store: \(error)",
                    metadata: ["code": "\(code)"]
                )
            }
            onState("\(code); trying again")
            return wait
        }
    }
}
