import Conversations
import Events
import GRDB

/// Folds the events of a batch into the tables.
///
/// Events of one conversation come in the order of the log, each once: what an event changes is changed when its own row is new, and only
/// then. So counts may be added up, and how batches are cut does not show. What nearly every event changes is collected and written at the end.
struct EventWriter {
    let database: Database
    private(set) var report = StoreWriteReport()
    var pending = PendingRows()
    private let insertion: BoundStatement

    init(_ database: Database) throws {
        self.database = database
        let columns = StoreTable.events.columns
        insertion = try BoundStatement(
            database,
            """
            INSERT INTO events (\(columns.joined(separator: ", ")))
            VALUES (\(columns.map { _ in "?" }.joined(separator: ", "))) ON CONFLICT DO NOTHING
            """
        )
    }

    mutating func write(_ events: [TimelineEvent]) throws {
        for event in events { try write(event) }
        try pending.flush(to: database)
    }

    private mutating func write(_ event: TimelineEvent) throws {
        let readers = event.readers
        guard try insert(event, for: readers) else {
            report.eventsInConflict += 1
            return
        }
        report.eventsWritten += 1
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

    /// Whether the event's place was free.
    private func insert(_ event: TimelineEvent, for readers: [EventReader]?) throws -> Bool {
        guard let readers else {
            insertion.bind(1, event.conversation)
            EventRow.bind(event, to: insertion, from: 2)
            try insertion.run()
            return database.changesCount == 1
        }
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
            try insertion.run()
            if place == 0, database.changesCount == 0 { return false }
        }
        return true
    }

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
