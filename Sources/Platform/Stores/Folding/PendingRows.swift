import Conversations
import Events

/// What a batch's events change in rows that many events change: each such row is written once a batch.
struct PendingRows {
    /// Where a conversation stands after the batch.
    struct Head {
        var kind: ConversationKind?
        /// Of the events that all may see.
        var lastSeq: Int64 = 0
        var messageCount: Int64 = 0
        var lastServerTime = Timestamp(milliseconds: 0)
        var profile = ProfileChange()
        var settings = ConversationSettings.Change()
        var membersMore: Int64 = 0

        mutating func note(_ event: TimelineEvent, isForAll: Bool) {
            let seq = Int64(clamping: event.seq)
            guard isForAll, lastSeq < seq else { return }
            lastSeq = seq
            messageCount = Int64(clamping: event.messageCount)
            lastServerTime = event.serverTime
        }
    }

    /// An account's place in a conversation.
    struct Membership: Hashable, Comparable {
        var account: AccountID
        var conversation: ConversationID

        static func < (left: Self, right: Self) -> Bool {
            (left.account, left.conversation) < (right.account, right.conversation)
        }
    }

    /// What changes about it without its coming or going.
    struct Standing {
        /// The first event of a direct conversation, which makes its two accounts members.
        var metTime: Timestamp?
        var lastSentSeq: Int64 = 0
        var toldTime = Timestamp(milliseconds: 0)

        mutating func meet(at time: Timestamp) { metTime = metTime ?? time }

        mutating func send(_ seq: Int64) { lastSentSeq = max(lastSentSeq, seq) }

        mutating func tell(at time: Timestamp) { toldTime = max(toldTime, time) }
    }

    private var heads: [ConversationID: Head] = [:]
    private var standings: [Membership: Standing] = [:]
    private var marks = MarkFold()

    // MARK: Noting

    mutating func note(_ event: TimelineEvent, isForAll: Bool) {
        heads[event.conversation, default: Head(kind: event.kind)].note(event, isForAll: isForAll)
    }

    mutating func note(toldTo account: AccountID, _ event: TimelineEvent) {
        let place = Membership(account: account, conversation: event.conversation)
        standings[place, default: Standing()].tell(at: event.serverTime)
    }

    mutating func note(sentBy event: TimelineEvent) {
        let place = Membership(account: event.sender, conversation: event.conversation)
        standings[place, default: Standing()].send(Int64(clamping: event.seq))
    }

    mutating func note(_ event: TimelineEvent, isBetweenSenderAnd other: AccountID) {
        for account in [event.sender, other] {
            let place = Membership(account: account, conversation: event.conversation)
            standings[place, default: Standing()].meet(at: event.serverTime)
        }
    }

    /// Notes that an account came; if it is for the first time, nothing that it did before counts.
    mutating func note(_ account: AccountID, joinedBy event: TimelineEvent, isNew: Bool) {
        let place = Membership(account: account, conversation: event.conversation)
        if isNew { standings[place] = nil }
        let seq = Int64(clamping: event.seq)
        marks.note(event.conversation, account, since: seq, reached: seq - 1, seen: seq - 1)
    }

    mutating func note(_ event: TimelineEvent, profile change: ProfileChange) {
        guard var head = heads[event.conversation] else { return }
        head.profile.name = change.name ?? head.profile.name
        head.profile.description = change.description ?? head.profile.description
        head.profile.picture = change.picture ?? head.profile.picture
        heads[event.conversation] = head
    }

    mutating func note(_ event: TimelineEvent, settings change: ConversationSettings.Change) {
        guard var head = heads[event.conversation] else { return }
        var known = head.settings
        known.postFrom = change.postFrom ?? known.postFrom
        known.editProfileFrom = change.editProfileFrom ?? known.editProfileFrom
        known.addFrom = change.addFrom ?? known.addFrom
        known.disappearAfterSeconds = change.disappearAfterSeconds ?? known.disappearAfterSeconds
        head.settings = known
        heads[event.conversation] = head
    }

    mutating func note(_ event: TimelineEvent, membersMore count: Int64) {
        heads[event.conversation]?.membersMore += count
    }

    /// What the batch so far has changed of a conversation's profile.
    func profile(of conversation: ConversationID) -> ProfileChange {
        heads[conversation]?.profile ?? ProfileChange()
    }

    // MARK: Writing

    func flush(to database: StoreConnection) throws {
        try writeHeads(to: database)
        try writeStandings(to: database)
        try marks.write(to: database)
    }

    private func writeHeads(to database: StoreConnection) throws {
        guard !heads.isEmpty else { return }
        let statement = try BoundStatement(
            database,
            """
            INSERT INTO conversations AS c (conversation, kind, last_seq, message_count,
                last_server_time, name, description, picture, post_from, edit_profile_from,
                add_from, disappear_after_s, member_count)
            VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, ''), coalesce(?7, ''), coalesce(?8, ''),
                coalesce(?9, ?13), coalesce(?10, ?14), coalesce(?11, ?15), coalesce(?12, 0), ?16)
            ON CONFLICT (conversation) DO UPDATE SET
                last_seq = max(c.last_seq, ?3),
                message_count = CASE WHEN ?3 > c.last_seq THEN ?4 ELSE c.message_count END,
                last_server_time = CASE WHEN ?3 > c.last_seq THEN ?5 ELSE c.last_server_time END,
                name = coalesce(?6, c.name), description = coalesce(?7, c.description),
                picture = coalesce(?8, c.picture), post_from = coalesce(?9, c.post_from),
                edit_profile_from = coalesce(?10, c.edit_profile_from),
                add_from = coalesce(?11, c.add_from),
                disappear_after_s = coalesce(?12, c.disappear_after_s),
                member_count = c.member_count + ?17
            """
        )
        for (conversation, head) in heads.sorted(by: { $0.key < $1.key }) {
            statement.bind(1, conversation)
            head.bind(to: statement)
            try statement.run()
        }
    }

    private func writeStandings(to database: StoreConnection) throws {
        guard !standings.isEmpty else { return }
        let meeting = try BoundStatement(
            database,
            """
            INSERT INTO members AS m (account, conversation, role, from_seq, until_seq, earlier,
                joined_time, left_time, left_name, left_picture, last_sent_seq, told_time)
            VALUES (?1, ?2, 1, 1, NULL, NULL, ?3, NULL, NULL, NULL, ?4, ?5)
            ON CONFLICT (account, conversation) DO UPDATE SET
                last_sent_seq = max(m.last_sent_seq, excluded.last_sent_seq),
                told_time = max(m.told_time, excluded.told_time)
            WHERE m.last_sent_seq < excluded.last_sent_seq OR m.told_time < excluded.told_time
            """
        )
        let update = try BoundStatement(
            database,
            """
            UPDATE members SET
                last_sent_seq = max(last_sent_seq, ?4), told_time = max(told_time, ?5)
            WHERE account = ?1 AND conversation = ?2
                AND (last_sent_seq < ?4 OR told_time < ?5) AND ?3 IS NULL
            """
        )
        for (place, standing) in standings.sorted(by: { $0.key < $1.key }) {
            let statement = standing.metTime == nil ? update : meeting
            statement.bind(1, place.account)
            statement.bind(2, place.conversation)
            statement.bind(3, standing.metTime)
            statement.bind(4, standing.lastSentSeq)
            statement.bind(5, standing.toldTime)
            try statement.run()
        }
    }
}

extension PendingRows.Head {
    fileprivate func bind(to statement: BoundStatement) {
        statement.bind(2, Int64(kind?.rawValue ?? 0))
        statement.bind(3, lastSeq)
        statement.bind(4, messageCount)
        statement.bind(5, lastServerTime)
        statement.bind(6, profile.name)
        statement.bind(7, profile.description)
        statement.bind(8, profile.picture)
        statement.bind(9, settings.postFrom.map { Int64($0.rawValue) })
        statement.bind(10, settings.editProfileFrom.map { Int64($0.rawValue) })
        statement.bind(11, settings.addFrom.map { Int64($0.rawValue) })
        statement.bind(12, settings.disappearAfterSeconds.map { Int64($0) })
        // In a direct conversation there is nobody to decide about, and there are always two.
        let isDirect = kind == .direct
        let defaults = ConversationSettings(kind: kind ?? .group)
        statement.bind(13, isDirect ? 0 : Int64(defaults.postFrom.rawValue))
        statement.bind(14, isDirect ? 0 : Int64(defaults.editProfileFrom.rawValue))
        statement.bind(15, isDirect ? 0 : Int64(defaults.addFrom.rawValue))
        statement.bind(16, (isDirect ? 2 : 0) + membersMore)
        statement.bind(17, membersMore)
    }
}
