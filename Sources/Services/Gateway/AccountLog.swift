import Accounts
import Dispatch
import EventLog
import Events
import Ingest
import Synchronization
import Web

/// Writes to `accounts`.
struct AccountLog: Sendable {
    let log: any SubmissionLog
    let clock: any WallClock
    /// Told at once of what the log has, so that the next call here goes by it.
    let devices: DeviceRegistry
    /// How long to wait for the log's reports.
    var timeout: Duration = .milliseconds(1500)

    /// Appends changes of an account, asked for by one of its devices; returns their time when the log has all of them.
    ///
    /// - Throws: `Problem` with code `log_unavailable`; the outcome may be unknown, and the same again does no harm.
    func append(
        _ changes: [AccountChange],
        to account: AccountID,
        by device: DeviceID?
    ) async throws(Problem) -> Timestamp {
        guard log.isReachable else { throw Self.unavailable }
        let now = clock.now()
        let events = changes.map {
            AccountEvent(account: account, device: device, serverTime: now, change: $0)
        }
        guard await append(events.map { $0.encoded() }, key: account.bytes) else {
            throw Self.unavailable
        }
        for event in events { devices.apply(event) }
        return now
    }

    /// Whether the log has all of the values in time.
    private func append(_ values: [[UInt8]], key: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            let outcome = Outcome(expected: values.count) { continuation.resume(returning: $0) }
            for value in values {
                log.send(OutgoingRecord(topic: .accounts, key: key, value: value)) { result in
                    if case .success = result { outcome.succeed() } else { outcome.fail() }
                }
            }
            // A timer each is no burden: people change what is theirs alone far less often than they write.
            let milliseconds = Int(timeout.milliseconds)
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
                outcome.fail()
            }
        }
    }

    private static let unavailable = Problem(
        .logUnavailable,
        "the log does not answer; the same again does no harm",
        retryAfter: .seconds(1)
    )
}

/// Waits for several successes or the first failure; tells once.
private final class Outcome: Sendable {
    private struct State {
        var missing: Int
        var tell: (@Sendable (Bool) -> Void)?
    }

    private let state: Mutex<State>

    init(expected: Int, tell: @escaping @Sendable (Bool) -> Void) {
        state = Mutex(State(missing: expected, tell: tell))
    }

    func succeed() {
        end { state in
            state.missing -= 1
            return state.missing == 0 ? true : nil
        }
    }

    func fail() {
        end { _ in false }
    }

    private func end(_ decide: (inout State) -> Bool?) {
        let call = state.withLock { state -> (@Sendable () -> Void)? in
            guard let tell = state.tell, let outcome = decide(&state) else { return nil }
            state.tell = nil
            return { tell(outcome) }
        }
        call?()
    }
}
