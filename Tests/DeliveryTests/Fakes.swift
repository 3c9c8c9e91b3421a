import EventLog
import Events
import Ingest
import NIOEmbedded
import SwiftProtobuf
import Synchronization
import Web

@testable import Delivery

/// A log that keeps what it is given, and reports at once, later, or that it failed.
final class FakeLog: RecordSink {
    enum Mode {
        case durable
        case held
        case refusing
    }

    private struct State {
        var mode = Mode.durable
        var records: [OutgoingRecord] = []
        var held: [(OutgoingRecord, @Sendable (Bool) -> Void)] = []
    }

    private let state = Mutex(State())

    var mode: Mode {
        get { state.withLock(\.mode) }
        set { state.withLock { $0.mode = newValue } }
    }

    func append(_ record: OutgoingRecord, report: @escaping @Sendable (Bool) -> Void) {
        let answer: Bool? = state.withLock { state in
            switch state.mode {
            case .durable:
                state.records.append(record)
                return true
            case .held:
                state.held.append((record, report))
                return nil
            case .refusing:
                return false
            }
        }
        if let answer { report(answer) }
    }

    /// Everything held back becomes durable, or fails.
    func release(isDurable: Bool) {
        let held = state.withLock { state in
            defer { state.held = [] }
            if isDurable { state.records.append(contentsOf: state.held.map(\.0)) }
            return state.held
        }
        for (_, report) in held { report(isDurable) }
    }

    func records(_ topic: Topic) -> [OutgoingRecord] {
        state.withLock { $0.records.filter { $0.topic == topic } }
    }

    var receipts: [PBReceipt] {
        get throws {
            try records(.receipts).map { try PBReceipt(serializedBytes: $0.value ?? []) }
        }
    }

    var sessions: [PBSessionRecord] {
        get throws {
            try records(.sessions).map { try PBSessionRecord(serializedBytes: $0.value ?? []) }
        }
    }

    var routes: [PBRouteRecord] {
        get throws {
            try records(.routes).map { try PBRouteRecord(serializedBytes: $0.value ?? []) }
        }
    }
}

/// Takes submissions and answers when told.
final class FakeSubmissions: SubmissionSink {
    struct Submission: Sendable {
        let request: MessageRequest
        let identity: Identity
        let outcome: @Sendable (SubmissionOutcome) -> Void
    }

    private let taken = Mutex<[Submission]>([])

    var submissions: [Submission] { taken.withLock { $0 } }

    func submit(
        _ request: MessageRequest,
        from identity: Identity,
        outcome: @escaping @Sendable (SubmissionOutcome) -> Void
    ) {
        let submission = Submission(request: request, identity: identity, outcome: outcome)
        taken.withLock { $0.append(submission) }
    }
}

/// Knows tokens of the form `ACCOUNT/DEVICE`.
struct FakeTokens: TokenVerifier {
    static func token(_ identity: Identity) -> String {
        "\(identity.account)/\(identity.device)"
    }

    func known(_ token: String) -> Identity? {
        let parts = token.split(separator: "/")
        guard parts.count == 2, let account = AccountID(parts[0]), let device = DeviceID(parts[1])
        else { return nil }
        return Identity(account: account, device: device)
    }

    func identify(_ token: String) async throws(Problem) -> Identity {
        throw Problem(.unauthenticated, "the token is no good")
    }
}

/// Says what the inbox's consumer asks of the log.
final class FakeInbox: InboxLog {
    private struct State {
        var low = Offset(0)
        var high = Offset(0)
        var epoch: UInt64 = 7
        var memberships = InboxMemberships()
        var accounts = InboxAccounts.Snapshot()
    }

    private let state = Mutex(State())
    private let count: Int

    init(partitions: Int = 1) {
        count = partitions
    }

    var high: Offset {
        get { state.withLock(\.high) }
        set { state.withLock { $0.high = newValue } }
    }

    var low: Offset {
        get { state.withLock(\.low) }
        set { state.withLock { $0.low = newValue } }
    }

    var currentEpoch: UInt64 {
        get { state.withLock(\.epoch) }
        set { state.withLock { $0.epoch = newValue } }
    }

    /// What `memberships` has, of every partition alike.
    var membershipChanges: [InboxIndex.MemberChange] {
        get { state.withLock(\.memberships.members) }
        set { state.withLock { $0.memberships.members = newValue } }
    }

    /// Who has blocked whom, as `memberships` has it.
    var blocks: [InboxAccounts.Change] {
        get { state.withLock(\.memberships.blocks) }
        set { state.withLock { $0.memberships.blocks = newValue } }
    }

    /// What `accounts` has, of every partition alike.
    var accountsSnapshot: InboxAccounts.Snapshot {
        get { state.withLock(\.accounts) }
        set { state.withLock { $0.accounts = newValue } }
    }

    func memberships(_ partition: Partition) throws -> InboxMemberships {
        state.withLock(\.memberships)
    }

    func accounts(_ partition: Partition) throws -> InboxAccounts.Snapshot { accountsSnapshot }

    func partitionCount() throws -> Int { count }
    func watermarks(_ partition: Partition) throws -> (low: Offset, high: Offset) { (low, high) }
    func epoch() throws -> UInt64 { currentEpoch }
}

/// A clock that stands where it was put.
final class StillClock: WallClock {
    private let time = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
