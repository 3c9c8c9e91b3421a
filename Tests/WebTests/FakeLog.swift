import Accounts
import Conversations
import EventLog
import Events
import Ingest
import SwiftProtobuf
import Synchronization

/// A log in memory: reports at once, when told, or that it failed.
final class FakeLog: SubmissionLog {
    enum Mode: Sendable {
        case durable
        case held
        case failing(EventLogError.Code)
    }

    typealias Report = @Sendable (Result<RecordPosition, EventLogError>) -> Void

    private struct State {
        var isReachable = true
        var mode = Mode.durable
        var records: [OutgoingRecord] = []
        var held: [Report] = []
    }

    private let state = Mutex(State())

    var isReachable: Bool {
        get { state.withLock(\.isReachable) }
        set { state.withLock { $0.isReachable = newValue } }
    }

    var mode: Mode {
        get { state.withLock(\.mode) }
        set { state.withLock { $0.mode = newValue } }
    }

    /// Everything that was handed in, whatever became of it.
    func records(_ topic: Topic) -> [OutgoingRecord] {
        state.withLock { $0.records.filter { $0.topic == topic } }
    }

    /// How many reports are held back.
    var heldCount: Int { state.withLock(\.held.count) }

    func send(_ record: OutgoingRecord, onReport: @escaping Report) {
        let result: Result<RecordPosition, EventLogError>? = state.withLock { state in
            state.records.append(record)
            switch state.mode {
            case .durable: return .success(Self.position(state.records.count))
            case .failing(let code): return .failure(EventLogError(code, "as the test wants it"))
            case .held:
                state.held.append(onReport)
                return nil
            }
        }
        if let result { onReport(result) }
    }

    /// Gives the reports that were held back, the oldest first.
    func release(_ failure: EventLogError.Code? = nil) {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for report in held {
            if let failure {
                report(.failure(EventLogError(failure, "as the test wants it")))
            } else {
                report(.success(Self.position(0)))
            }
        }
    }

    private static func position(_ number: Int) -> RecordPosition {
        RecordPosition(
            topicPartition: TopicPartition(.submissions, Partition(0)),
            offset: Offset(Int64(number))
        )
    }

    var submissions: [PBSubmission] {
        get throws {
            try records(.submissions).map { try PBSubmission(serializedBytes: $0.value ?? []) }
        }
    }

    /// The same as the router reads them.
    var decodedSubmissions: [Submission] {
        get throws {
            try records(.submissions).map { try Submission(decoding: ($0.value ?? [])[...]) }
        }
    }

    var accounts: [PBAccountRecord] {
        get throws {
            try records(.accounts).map { try PBAccountRecord(serializedBytes: $0.value ?? []) }
        }
    }

    /// What it says about accounts, as its readers read it.
    var accountEvents: [AccountEvent] {
        get throws { try records(.accounts).map { try AccountEvent(decoding: $0.value ?? []) } }
    }
}
