import Dispatch
import EventLog
import Events
import Foundation
import Ingest
import SwiftProtobuf
import Synchronization
import Web

/// Writes to `accounts`.
struct AccountLog: Sendable {
    let log: any SubmissionLog
    let clock: any WallClock
    /// How long to wait for the log's reports.
    var timeout: Duration = .milliseconds(1500)

    /// Appends the account and its device; returns when the log has both.
    ///
    /// - Throws: `Problem` with code `log_unavailable`; the outcome may be unknown, and the same again does no harm.
    func register(_ identity: Identity, _ request: RegistrationRequest) async throws(Problem) {
        guard log.isReachable else { throw Self.unavailable }
        let time = clock.now().milliseconds
        let account = PBAccountRecord.with {
            $0.accountID = Data(identity.account.bytes)
            $0.serverTimeMs = time
            $0.registered.name = request.name
        }
        let device = PBAccountRecord.with {
            $0.accountID = Data(identity.account.bytes)
            $0.serverTimeMs = time
            $0.deviceAdded.deviceID = Data(identity.device.bytes)
            $0.deviceAdded.deviceName = request.deviceName
        }
        let values: [[UInt8]]
        do {
            values = [try account.serializedBytes(), try device.serializedBytes()]
        } catch {
            throw Problem(.internalError, "the server made a mistake")
        }
        guard await append(values, key: identity.account.bytes) else { throw Self.unavailable }
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
            // Registrations are rare: a timer each is no burden.
            let milliseconds = Int(timeout.milliseconds)
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
                outcome.fail()
            }
        }
    }

    private static let unavailable = Problem(
        .logUnavailable,
        "the log does not answer; give the same code again",
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
