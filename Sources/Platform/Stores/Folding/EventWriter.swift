import Conversations
import Events

/// Folds the events of a batch into the tables.
///
/// Events of one conversation come in the order of the log, each once: what an event changes is changed when its own row is new, and only
/// then. So counts may be added up, and how batches are cut does not show. All rows are written first, then what they change, and what nearly
/// every event changes at the end.
struct EventWriter {
    let database: StoreConnection
    private(set) var report = StoreWriteReport()
    var pending = PendingRows()

    init(_ database: StoreConnection) {
        self.database = database
    }

    mutating func write(_ events: [TimelineEvent]) throws {
        // Events are large: kept is which are new, and not these once more.
        let isNew = try insert(events)
        for place in events.indices where isNew[place] { try fold(events[place]) }
        try pending.flush(to: database)
    }

    private mutating func fold(_ event: TimelineEvent) throws {
        let readers = event.readers
        pending.note(event, isForAll: readers == nil)
        try changeMembers(event)
        for case .account(let account) in readers ?? [] {
            pending.note(toldTo: account, event)
        }
        switch event.body {
        case .messagePosted(let post): try posted(post, event)
        case .acted(let action): try acted(action, event)
        case .unknown: break
        }
    }

    // MARK: The events' own rows

    /// Writes the rows of the events whose places are free, and says which these are.
    private mutating func insert(_ events: [TimelineEvent]) throws -> [Bool] {
        var last = try lastSeqs(of: events)
        let insertion = try BoundStatement(inserting: .events, database)
        var isNew: [Bool] = []
        isNew.reserveCapacity(events.count)
        for place in events.indices {
            let conversation = events[place].conversation
            isNew.append(
                try insert(events[place], after: &last[conversation, default: 0], insertion)
            )
            if isNew[place] { report.eventsWritten += 1 } else { report.eventsInConflict += 1 }
        }
        try insertion.finish()
        return isNew
    }

    /// Whether the event's place was free.
    private func insert(
        _ event: TimelineEvent,
        after last: inout Int64,
        _ insertion: BoundStatement
    ) throws -> Bool {
        if let readers = event.readers { return try insert(event, for: readers) }
        // In an archive there may be what the table does not have any more, so it is not asked.
        let seq = Int64(clamping: event.seq)
        guard seq > last else { return false }
        last = seq
        insertion.bind(1, event.conversation)
        EventRow.bind(event, to: insertion, from: 2)
        try insertion.run()
        return true
    }

    /// The last event of each of their conversations that all may see.
    private func lastSeqs(of events: [TimelineEvent]) throws -> [ConversationID: Int64] {
        var conversations: Set<ConversationID> = []
        var newest: ConversationID?
        // In a large batch the events of a conversation come one after the other.
        for place in events.indices where events[place].conversation != newest {
            newest = events[place].conversation
            conversations.insert(events[place].conversation)
        }
        let query = try BoundStatement(
            database,
            "SELECT conversation, last_seq FROM conversations WHERE conversation IN (?1)"
        )
        var seqs: [ConversationID: Int64] = [:]
        try query.eachRow(among: conversations.sorted(), at: 1) { row in
            seqs[try row.identifier(0)] = row.integer(1)
        }
        return seqs
    }

    /// Whether the event's place was free.
    private func insert(_ event: TimelineEvent, for readers: [EventReader]) throws -> Bool {
        let columns = StoreTable.asides.columns
        let insertion = try BoundStatement(
            database,
            """
            INSERT INTO asides (\(columns.joined(separator: ", ")))
            VALUES (\(columns.map { _ in "?" }.joined(separator: ", "))) ON CONFLICT DO NOTHING
            """
        )
        for (place, reader) in readers.enumerated() {
            insertion.bind(1, event.conversation)
            insertion.bind(2, reader.key)
            EventRow.bind(event, to: insertion, from: 3)
            if try insertion.runCounting() == 0, place == 0 { return false }
        }
        return true
    }

    // MARK: What they change

    private mutating func posted(_ post: MessagePost, _ event: TimelineEvent) throws {
        pending.note(sentBy: event)
        if event.kind == .direct, let recipient = post.recipient {
            pending.note(event, isBetweenSenderAnd: recipient)
        }
        guard let expiry = post.expiresAt else { return }
        try MessageFold(database, event).keep(post.content, until: expiry)
    }

    private mutating func acted(_ action: ConversationAction, _ event: TimelineEvent) throws {
        switch action {
        case .create(let profile, let change, _):
            pending.note(event, profile: profile)
            let settings = ConversationSettings(kind: event.kind ?? .group).changed(by: change)
            pending.note(event, settings: settings.asChange)
        case .setProfile(let change):
            pending.note(event, profile: change)
        case .setSettings(let change):
            // What the other account was never told does not bind it.
            guard !event.isWithheld else { return }
            pending.note(event, settings: change)
        case .setBlock(let other, _):
            guard event.kind == .direct else { return }
            pending.note(event, isBetweenSenderAnd: other)
        case .createInvite, .revokeInvite:
            try InviteFold(database, event).apply(action)
        case .join:
            try InviteFold(database, event).apply(action)
            try AdmissionFold(database, event).apply(action)
        case .setBan, .decideJoin:
            try AdmissionFold(database, event).apply(action)
        case .editMessage, .deleteMessage, .react, .pin, .vote, .moveLiveLocation:
            try MessageFold(database, event).apply(action)
        case .addMembers, .removeMember, .leave, .setRole, .transferOwnership:
            break
        }
    }
}

extension ConversationSettings {
    /// The change that brings any settings to these.
    fileprivate var asChange: Change {
        var change = Change()
        change.postFrom = postFrom
        change.editProfileFrom = editProfileFrom
        change.addFrom = addFrom
        change.disappearAfterSeconds = disappearAfterSeconds
        return change
    }
}
