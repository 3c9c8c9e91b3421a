import Events
import Foundation

@testable import ChatClient
@testable import MartletClient

/// A group of three, for the tests of models: events and pages to put into them.
enum GroupScene {
    static let me = AccountID(high: 1, low: 1)
    static let ada = AccountID(high: 1, low: 2)
    static let bob = AccountID(high: 1, low: 3)
    static let carol = AccountID(high: 1, low: 4)
    static let group = ids.next(ConversationID.self)
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let token = "\(group)\(String(repeating: "7", count: 26))"

    /// A chat in the group, whose members are known by name.
    static func model() -> ChatModel {
        var model = ChatModel(me: me, target: ChatTarget(.conversation(group)))
        model.take([
            ConversationSummary(
                conversationID: group,
                kind: "group",
                name: "Swifts of Lisbon",
                role: .owner,
                memberCount: 3
            )
        ])
        model.take(
            [
                MemberPage.Member(me, name: "Me", role: .owner),
                MemberPage.Member(ada, name: "ada", role: .admin),
                MemberPage.Member(bob, name: "Bob Byrd", role: .member),
            ],
            of: group
        )
        return model
    }

    static func message(
        _ seq: UInt64,
        _ content: MessageContent,
        from sender: AccountID = ada,
        id: SubmissionID? = nil,
        replyTo: SubmissionID? = nil,
        updates: MessageUpdates = MessageUpdates()
    ) -> MessageEvent {
        MessageEvent(
            conversationID: group,
            conversationKind: "group",
            seq: seq,
            messageCount: seq,
            messageID: id ?? ids.next(),
            sender: sender,
            recipient: nil,
            serverTimestamp: now,
            content: content,
            replyTo: replyTo,
            updates: updates
        )
    }

    static func event(
        _ seq: UInt64,
        _ change: ConversationChange,
        from sender: AccountID = ada,
        _ members: [MemberChange] = [],
        id: SubmissionID? = nil,
        in conversation: ConversationID = group
    ) -> ConversationEvent {
        ConversationEvent(
            conversationID: conversation,
            conversationKind: "group",
            seq: seq,
            messageCount: 0,
            submissionID: id ?? ids.next(),
            sender: sender,
            serverTimestamp: now,
            members: members,
            change: change
        )
    }

    static func change(_ event: ConversationEvent) -> DeviceSession.Change {
        .event(.conversation(event), position(event.seq))
    }

    static func change(_ message: MessageEvent) -> DeviceSession.Change {
        .event(.message(message), position(message.seq))
    }

    private static func position(_ seq: UInt64) -> InboxPosition {
        InboxPosition(epoch: 1, offset: Offset(Int64(seq)))
    }

    /// The rows of a screen, without colours and without spaces at their ends.
    static func screen(
        _ model: ChatModel,
        rows: Int = 16,
        columns: Int = 60,
        notice: String? = nil,
        panel: ChatPanel? = nil,
        viewport: Viewport = Viewport(),
        now: Timestamp? = nil
    ) -> [String] {
        ChatRenderer(timeZone: .gmt).render(
            model,
            editor: LineEditor(),
            notice: notice,
            panel: panel,
            viewport: viewport,
            rows: rows,
            columns: columns,
            now: now
        ).rows.map { row in
            String(plain(row).reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension ChatModel {
    /// Asks for a page and takes it.
    mutating func add(_ page: EventPage, isOlder: Bool) -> [ChatEffect] {
        let request = isOlder ? HistoryRequest.before(history.oldestSeq ?? 0) : .newest
        _ = fetch(request)
        return add(page, for: request)
    }
}
