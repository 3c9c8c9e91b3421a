import Conversations
import Events

/// What an account is in a conversation, and what it may see of it.
struct Standing {
    let conversation: ConversationID
    let account: AccountID
    let kind: ConversationKind?
    /// What it is; `nil` in a direct conversation, and for who has left.
    let role: Role?
    let isFormer: Bool
    /// The seqs that it may see, in order.
    let stays: [ClosedRange<Int64>]
    let joinedTime: Timestamp
    let leftTime: Timestamp?
    let lastSentSeq: Int64
    /// What it is called and looks like; for who has left, as it was then.
    let name: String
    let picture: String
    let description: String
    let settings: ConversationSettings
    let memberCount: Int64
    /// When it was last spoken in, as far as the account knows.
    let lastServerTime: Timestamp

    /// An account that was never told of anything has no standing: it must not learn of what was withheld.
    private static let time = "coalesce(m.left_time, max(c.last_server_time, m.told_time))"

    private static let columns = """
        c.conversation, c.kind, m.role, m.from_seq, m.until_seq, m.earlier, m.joined_time,
        m.left_time, m.last_sent_seq, coalesce(m.left_name, c.name),
        coalesce(m.left_picture, c.picture), c.description, c.post_from, c.edit_profile_from,
        c.add_from, c.disappear_after_s, c.member_count, \(time)
        """

    /// Reads a row of `columns`.
    private init(_ row: ResultRow, _ account: AccountID) throws {
        conversation = try row.identifier(0)
        self.account = account
        kind = ConversationKind(rawValue: Int(clamping: row.integer(1)))
        let member = row.member(2)
        role = kind == .direct ? nil : member.role
        isFormer = member.role == nil
        var stays = member.earlier
        stays.append(member.since...max(member.since, member.until ?? .max))
        self.stays = stays.map { Int64(clamping: $0.lowerBound)...Int64(clamping: $0.upperBound) }
        joinedTime = row.time(6)
        leftTime = row.optionalTime(7)
        lastSentSeq = row.integer(8)
        name = row.text(9)
        picture = row.text(10)
        description = row.text(11)
        var settings = ConversationSettings(kind: kind ?? .group)
        settings.postFrom = row.role(12) ?? settings.postFrom
        settings.editProfileFrom = row.role(13) ?? settings.editProfileFrom
        settings.addFrom = row.role(14) ?? settings.addFrom
        settings.disappearAfterSeconds = UInt32(clamping: row.integer(15))
        self.settings = settings
        memberCount = row.integer(16)
        lastServerTime = row.time(17)
    }

    /// An account's standing in a conversation; `nil` if it has none.
    static func load(
        _ account: AccountID,
        _ conversation: ConversationID,
        _ database: StoreConnection
    ) throws -> Standing? {
        let query = try BoundStatement(
            database,
            """
            SELECT \(columns) FROM members m JOIN conversations c ON c.conversation = m.conversation
            WHERE m.account = ? AND m.conversation = ? AND \(time) > 0
            """
        )
        query.bind(1, account)
        query.bind(2, conversation)
        return try query.first { try Standing($0, account) }
    }

    /// The conversations that an account has a standing in, the last spoken in first.
    static func list(
        _ account: AccountID,
        after cursor: ConversationCursor?,
        limit: Int,
        _ database: StoreConnection
    ) throws -> [Standing] {
        let query = try BoundStatement(
            database,
            """
            SELECT \(columns) FROM members m JOIN conversations c ON c.conversation = m.conversation
            WHERE m.account = ?1 AND \(time) > 0
                AND (?2 IS NULL OR \(time) < ?2 OR (\(time) = ?2 AND c.conversation > ?3))
            ORDER BY \(time) DESC, c.conversation LIMIT ?4
            """
        )
        query.bind(1, account)
        query.bind(2, cursor?.lastServerTime)
        query.bind(3, cursor?.conversation)
        query.bind(4, Int64(limit))
        var standings: [Standing] = []
        try query.eachRow { standings.append(try Standing($0, account)) }
        return standings
    }

    /// The conversations that an account has a standing in, in the order of their ids.
    static func list(
        _ account: AccountID,
        inOrderAfter conversation: ConversationID?,
        limit: Int,
        _ database: StoreConnection
    ) throws -> [Standing] {
        let query = try BoundStatement(
            database,
            """
            SELECT \(columns) FROM members m JOIN conversations c ON c.conversation = m.conversation
            WHERE m.account = ?1 AND m.conversation > coalesce(?2, x'') AND \(time) > 0
            ORDER BY m.conversation LIMIT ?3
            """
        )
        query.bind(1, account)
        query.bind(2, conversation)
        query.bind(3, Int64(limit))
        var standings: [Standing] = []
        try query.eachRow { standings.append(try Standing($0, account)) }
        return standings
    }

    /// Whether it may see the event of this seq, if it is not an aside for others.
    func sees(_ seq: Int64) -> Bool { stays.contains { $0.contains(seq) } }

    /// Whether what happened then may have happened after it had left; what came in the same millisecond may.
    func hasLeft(by time: Timestamp?) -> Bool {
        guard let leftTime, let time else { return false }
        return leftTime <= time
    }

    /// The seq of the event by which the account has left, the last that it sees; `nil` if it has not.
    var endSeq: Int64? {
        guard isFormer, let end = stays.last?.upperBound, end < .max else { return nil }
        return end
    }

    /// Whose asides it may see: its own, and those for its role.
    var readers: [EventReader] {
        var readers = [EventReader.account(account)]
        for least in [Role.moderator, .admin] where (role ?? .member) >= least {
            readers.append(.role(least))
        }
        return readers
    }
}

extension ResultRow {
    fileprivate func role(_ column: Int32) -> Role? {
        Role(rawValue: Int(clamping: integer(column)))
    }
}
