import Conversations
import Events
import Stores

/// A store with one room in it, asked as its accounts ask.
struct RoomStore {
    let store: any HotStore
    let room: ConversationID

    init(_ store: any HotStore, _ room: inout Room) throws {
        self.store = store
        self.room = room.id
        try store.apply(room.take())
    }

    /// Folds what has happened since.
    func follow(_ room: inout Room) throws { try store.apply(room.take()) }

    /// All that an account sees, oldest first; `nil`: it has never been in it.
    func page(
        _ account: AccountID,
        at now: Timestamp = Timestamp(milliseconds: 0)
    ) throws -> [PageEvent]? {
        try page(Viewer(account, at: now))
    }

    /// All that an account sees, oldest first, page by page.
    func page(_ viewer: Viewer, limit: Int = 100) throws -> [PageEvent]? {
        var events: [PageEvent] = []
        var start = PageRequest.Start.after(0)
        while true {
            let request = PageRequest(start, limit: limit)
            guard let page = try store.events(in: room, for: viewer, page: request) else {
                return nil
            }
            events += page.events
            guard page.hasMore, let last = page.events.last else { return events }
            start = .after(last.event.storedSeq)
        }
    }

    /// The seqs of all that an account sees, oldest first.
    func seqs(_ account: AccountID) throws -> [Int64]? {
        try page(account)?.map(\.event.storedSeq)
    }

    /// The texts of the messages that an account sees, oldest first; `nil` for one that is gone.
    func texts(
        _ account: AccountID,
        at now: Timestamp = Timestamp(milliseconds: 0)
    ) throws -> [String?] {
        try (page(account, at: now) ?? []).compactMap { shown in
            guard case .messagePosted(let post) = shown.event.body else { return nil }
            return .some(Self.text(post.content))
        }
    }

    static func text(_ content: ArraySlice<UInt8>) -> String? {
        MessageContent.text(in: content).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The message or event of a seq, as an account sees it.
    func shown(
        _ event: TimelineEvent,
        to account: AccountID,
        at now: Timestamp = Timestamp(milliseconds: 0)
    ) throws -> PageEvent? {
        try page(account, at: now)?.first { $0.event.seq == event.seq }
    }

    /// The room in an account's list.
    func summary(_ account: AccountID) throws -> ConversationSummary? {
        try store.conversations(for: Viewer(account), after: nil, limit: 100).first {
            $0.conversation == room
        }
    }

    func detail(_ account: AccountID) throws -> ConversationDetail? {
        try store.conversation(room, for: Viewer(account))
    }

    func members(
        _ account: AccountID,
        after cursor: MemberCursor? = nil,
        limit: Int = 100
    ) throws -> StoreAnswer<MemberPage> {
        try store.members(of: room, for: Viewer(account), after: cursor, limit: limit)
    }

    func receipts(
        _ event: TimelineEvent,
        _ account: AccountID,
        after other: AccountID? = nil,
        limit: Int = 100
    ) throws -> StoreAnswer<MessageReceipts> {
        try store.receipts(
            of: event.submission,
            for: Viewer(account),
            after: other,
            limit: limit
        )
    }
}
