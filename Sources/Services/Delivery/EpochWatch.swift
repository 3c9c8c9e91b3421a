import Dispatch
import EventLog
import Events
import Logging
import ServiceKit
import ServiceLifecycle
import SwiftProtobuf
import Synchronization

/// Knows the inbox's epoch from `routes`, and stops the process when the topic is made anew under it.
///
/// A new epoch invalidates every position this process has given out and everything its index holds; starting again is the one way
/// to get all of it right, and it happens only when an operator makes the topic anew.
final class EpochWatch: Service {
    /// The inbox was made anew.
    struct EpochChanged: Error, CustomStringConvertible {
        let description = "the inbox topic was made anew: starting again"
    }

    /// The epoch of an installation that never wrote one.
    static let epochDefault: UInt64 = 1

    private struct State {
        var epoch: UInt64?
        var isStopped = false
    }

    private let log: EventLogConfiguration
    private let logger: Logger
    private let state = Mutex(State())

    init(_ log: EventLogConfiguration, logger: Logger) {
        self.log = log
        self.logger = logger
    }

    /// The epoch; blocks until it was read, and waits a little for one to be written.
    func epoch() throws -> UInt64 {
        if let epoch = state.withLock(\.epoch) { return epoch }
        let deadline = ContinuousClock.now + .seconds(3)
        var found: UInt64?
        repeat {
            try LogReader.readToEnd(
                log,
                start: [Self.routes: .beginning],
                logger: logger
            ) { records in
                for record in records { found = Self.epoch(of: record) ?? found }
            }
            guard found == nil else { break }
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + 0.2)
        } while ContinuousClock.now < deadline
        let epoch = found ?? Self.epochDefault
        state.withLock { $0.epoch = epoch }
        return epoch
    }

    /// Follows `routes` until a shutdown.
    ///
    /// - Throws: `EpochChanged`.
    func run() async throws {
        try await withShutdownHandler {
            try await LogReader.onThread("epoch") { try self.follow() }
        } stop: {
            self.state.withLock { $0.isStopped = true }
        }
    }

    private func follow() throws {
        let reader = try LogReader(log, start: [Self.routes: .beginning], logger: logger)
        defer { reader.close() }
        var newest: UInt64?
        while !state.withLock(\.isStopped) {
            for record in try reader.poll(timeout: .milliseconds(500)) {
                newest = Self.epoch(of: record) ?? newest
            }
            guard let newest, let assumed = state.withLock(\.epoch), newest != assumed else {
                continue
            }
            throw EpochChanged()
        }
    }

    private static let routes = TopicPartition(.routes, Partition(0))

    static func epoch(of record: LogRecord) -> UInt64? {
        guard let value = record.value, let route = try? PBRouteRecord(serializedBytes: value),
            case .inboxEpoch(let epoch)? = route.record, epoch.epoch != 0
        else { return nil }
        return epoch.epoch
    }
}
