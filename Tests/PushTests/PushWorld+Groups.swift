import Accounts
import EventLog
import Events
import Foundation
import SwiftProtobuf

@testable import Push

/// A group as the router would know it.
struct GroupState {
    var seq: UInt64 = 0
    var members: Set<AccountID> = []
}

/// Whom an event should notify, as simply as it can be said.
struct Telling: Hashable {
    var event: SubmissionID
    var account: AccountID
    var kind: PushNotification.Kind
}

extension PushWorld {
    /// What happened, and whom it concerns.
    struct Happening {
        var seq: UInt64
        var id: SubmissionID
        var origin: Origin
        /// Where the record lies, by partition.
        var offsets: [Int32: Offset] = [:]
        /// Who should be notified if nobody is there.
        var told: Set<Telling> = []
    }

    /// Writes an event of a group as the router does: one record for each partition with members.
    @discardableResult
    func happen(
        in group: ConversationID,
        by sender: AccountID,
        kind: PBConversationKind = .group,
        joining: Set<AccountID> = [],
        leaving: Set<AccountID> = [],
        only: Set<AccountID> = [],
        isWithheld: Bool = false,
        times: Int = 1,
        _ body: (inout PBTimelineEvent) -> Void
    ) throws -> Happening {
        let (id, origin) = nextSubmission()
        var state = groups[group] ?? GroupState()
        state.seq += 1
        let before = state.members
        state.members.formUnion(joining)
        state.members.subtract(leaving)
        groups[group] = state
        var happening = Happening(seq: state.seq, id: id, origin: origin)
        var event = PBTimelineEvent.with {
            $0.origin = origin.message
            $0.deviceID = Data(id.bytes)
            $0.conversationID = Data(group.bytes)
            $0.conversationKind = kind
            $0.seq = state.seq
            $0.serverTimeMs = clock.now().milliseconds
            $0.sender = Data(sender.bytes)
            $0.submissionID = Data(id.bytes)
            $0.withheld = isWithheld
        }
        body(&event)
        let concerned = only.isEmpty ? before.union(joining) : only
        let places = Dictionary(grouping: concerned) { partition(of: $0) }
        for (index, (place, _)) in places.sorted(by: { $0.key < $1.key }).enumerated() {
            func local(_ accounts: Set<AccountID>) -> [Data] {
                accounts.filter { partition(of: $0) == place }.sorted().map { Data($0.bytes) }
            }
            let record = PBInboxRecord.with {
                $0.origin = origin.indexed(index).message
                $0.event = event
                $0.joined = local(joining)
                $0.left = local(leaving)
                $0.only = local(only)
            }
            for _ in 0..<times { happening.offsets[place] = try append(.inbox, place, record) }
        }
        if case .messagePosted? = event.event {
            let told = only.isEmpty ? before : only
            happening.told = Self.telling(told, of: id, .message, but: sender)
        } else {
            happening.told = Self.telling(joining, of: id, .added, but: sender)
        }
        return happening
    }

    private static func telling(
        _ accounts: Set<AccountID>,
        of event: SubmissionID,
        _ kind: PushNotification.Kind,
        but sender: AccountID
    ) -> Set<Telling> {
        Set(
            accounts.subtracting([sender]).map {
                Telling(event: event, account: $0, kind: kind)
            }
        )
    }

    @discardableResult
    func say(
        in group: ConversationID,
        by sender: AccountID,
        expiresAt: Timestamp? = nil,
        only: Set<AccountID> = [],
        isWithheld: Bool = false,
        times: Int = 1
    ) throws -> Happening {
        try happen(in: group, by: sender, only: only, isWithheld: isWithheld, times: times) {
            $0.messagePosted.content.text.text = "a secret"
            if let expiresAt { $0.messagePosted.expiresAtMs = expiresAt.milliseconds }
        }
    }

    @discardableResult
    func create(
        _ group: ConversationID,
        by owner: AccountID,
        with members: [AccountID]
    ) throws -> Happening {
        try happen(in: group, by: owner, joining: Set(members + [owner])) {
            $0.action.create.members = members.map { Data($0.bytes) }
        }
    }

    @discardableResult
    func add(
        _ accounts: Set<AccountID>,
        to group: ConversationID,
        by sender: AccountID
    ) throws -> Happening {
        try happen(in: group, by: sender, joining: accounts) {
            $0.action.addMembers.accounts = accounts.map { Data($0.bytes) }
        }
    }

    /// Everything so far is settled: whoever was to be notified has been.
    func settle() throws {
        try readAll()
        for _ in 0..<2 {
            clock.advance(.seconds(6))
            for _ in 0..<8 { try readAll() }
        }
    }

    // MARK: What accounts say

    func account(_ account: AccountID, _ change: AccountChange) throws {
        let event = AccountEvent(
            account: account,
            device: nil,
            serverTime: clock.now(),
            change: change
        )
        try append(.accounts, partition(of: account), event.encoded())
    }

    func mute(_ group: ConversationID, of account: AccountID, until: Timestamp) throws {
        try self.account(account, .preferences(group, PreferencesChange(mutedUntil: until)))
    }

    func read(_ conversation: ConversationID, by account: AccountID, upTo seq: UInt64) throws {
        let (_, origin) = nextSubmission()
        try append(
            .inbox,
            partition(of: account),
            PBInboxRecord.with {
                $0.origin = origin.message
                $0.readMark.accountID = Data(account.bytes)
                $0.readMark.conversationID = Data(conversation.bytes)
                $0.readMark.seq = seq
            }
        )
    }

    /// A record of `memberships`, which is not read but asked for.
    func membership(
        of account: AccountID,
        in group: ConversationID,
        kind: PBConversationKind = .group,
        _ stays: (from: UInt64, until: UInt64)...
    ) throws {
        let place = TopicPartition(.memberships, Partition(partition(of: account)))
        let record = PBMembershipRecord.with {
            $0.accountID = Data(account.bytes)
            $0.conversationID = Data(group.bytes)
            $0.conversationKind = kind
            $0.visible = stays.map { stay in
                .with {
                    $0.fromSeq = stay.from
                    $0.untilSeq = stay.until
                }
            }
        }
        log.memberships[place, default: []].append(
            LogRecord(
                topicPartition: place,
                offset: Offset(0),
                timestamp: clock.now(),
                key: account.bytes + group.bytes,
                value: try record.serializedBytes()
            )
        )
    }

    // MARK: What came of it

    /// Who was notified of what.
    var told: Set<Telling> { Set(tellings) }

    /// The same, with repetitions.
    var tellings: [Telling] {
        provider.notifications.map {
            Telling(event: $0.messageID, account: $0.account, kind: $0.kind)
        }
    }
}

let carol = AccountID(high: 0xCA01, low: 3)
let dan = AccountID(high: 0xDA4, low: 4)
let club = ConversationID(high: 0xC1, low: 1)
