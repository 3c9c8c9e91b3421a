import Conversations
import Events

/// A group in which something happens, as the router would have numbered it.
struct SampleGroup {
    let id: ConversationID
    private var members: [AccountID] = []
    private var posts: [(id: SubmissionID, seq: UInt64)] = []
    private var seq: UInt64 = 0
    private var messageCount: UInt64 = 0

    init(id: ConversationID) {
        self.id = id
    }

    /// The next event.
    mutating func next(
        _ accounts: [AccountID],
        _ origin: Origin,
        _ time: Timestamp,
        _ random: inout SeededRandom
    ) -> TimelineEvent {
        seq += 1
        let sender = members.first ?? accounts[0]
        let submission = SubmissionID(high: UInt64(time.milliseconds), low: seq)
        var changes: [TimelineEvent.MemberChange] = []
        let body = body(accounts, submission, &changes, &random)
        var messageSeq: UInt64 = 0
        if case .messagePosted = body { messageCount += 1 }
        if case .acted(let action) = body, let message = action.message {
            messageSeq = posts.first { $0.id == message }?.seq ?? 0
        }
        return TimelineEvent(
            origin: origin,
            conversation: id,
            kind: .group,
            seq: seq,
            messageCount: messageCount,
            serverTime: time,
            clientTime: Timestamp(milliseconds: 0),
            sender: sender,
            device: DeviceID(high: 1, low: 1),
            submission: submission,
            body: body,
            memberChanges: changes,
            messageSeq: messageSeq
        )
    }

    private mutating func body(
        _ accounts: [AccountID],
        _ submission: SubmissionID,
        _ changes: inout [TimelineEvent.MemberChange],
        _ random: inout SeededRandom
    ) -> TimelineEvent.Body {
        if seq == 1 {
            members = [accounts[0]]
            changes = [TimelineEvent.MemberChange(accounts[0], .owner)]
            return .acted(.create(profile: .init(name: "Sample"), settings: .init(), members: []))
        }
        let account = accounts[Int.random(in: 1..<accounts.count, using: &random)]
        let isMember = members.contains(account)
        let message = posts.randomElement(using: &random)
        switch UInt64.random(in: 0..<8, using: &random) {
        case 0 where !isMember:
            members.append(account)
            changes = [TimelineEvent.MemberChange(account, .member)]
            return .acted(.addMembers([account]))
        case 1 where isMember:
            members.removeAll { $0 == account }
            changes = [TimelineEvent.MemberChange(account, nil)]
            return .acted(.removeMember(account))
        case 2 where message != nil:
            let content = MessageContent.encodedText("edited \(seq)".utf8)
            return .acted(.editMessage(message?.id ?? submission, content: content))
        case 3 where message != nil:
            return .acted(.react(message?.id ?? submission, emoji: seq % 2 == 0 ? "👍" : ""))
        case 4 where message != nil && seq % 5 == 0:
            return .acted(.deleteMessage(message?.id ?? submission))
        case 5:
            return .acted(.setProfile(ProfileChange(name: "Sample \(seq)")))
        default:
            posts.append((submission, seq))
            return .messagePosted(MessagePost(text: "group text \(seq)".utf8))
        }
    }
}
