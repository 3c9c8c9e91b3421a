import Conversations
import Events

/// A row of `members`, as far as membership changes it.
struct MemberRow {
    /// What who leaves takes along.
    struct Left {
        var time: Timestamp
        var name: String
        var picture: String
    }

    var member: ConversationMembers.Member
    var joinedTime: Timestamp
    var left: Left?

    /// Reads the row of an account; `nil` if it has never been a member.
    static func load(
        _ account: AccountID,
        _ conversation: ConversationID,
        _ database: StoreConnection
    ) throws -> MemberRow? {
        let query = try BoundStatement(
            database,
            """
            SELECT role, from_seq, until_seq, earlier, joined_time FROM members
            WHERE account = ? AND conversation = ?
            """
        )
        query.bind(1, account)
        query.bind(2, conversation)
        return try query.first { row in
            MemberRow(member: row.member(0), joinedTime: row.time(4), left: nil)
        }
    }

    func write(
        _ account: AccountID,
        _ conversation: ConversationID,
        _ database: StoreConnection
    ) throws {
        let statement = try BoundStatement(
            database,
            """
            INSERT INTO members (account, conversation, role, from_seq, until_seq, earlier,
                joined_time, left_time, left_name, left_picture, last_sent_seq, told_time)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
            ON CONFLICT (account, conversation) DO UPDATE SET role = excluded.role, from_seq = excluded.from_seq,
                until_seq = excluded.until_seq, earlier = excluded.earlier,
                joined_time = excluded.joined_time, left_time = excluded.left_time,
                left_name = excluded.left_name, left_picture = excluded.left_picture
            """
        )
        statement.bind(1, account)
        statement.bind(2, conversation)
        statement.bind(3, member.role.map { Int64($0.rawValue) })
        statement.bind(4, Int64(clamping: member.since))
        statement.bind(5, member.until.map { Int64(clamping: $0) })
        statement.bind(6, StayCoding.encode(member.earlier))
        statement.bind(7, joinedTime)
        statement.bind(8, left?.time)
        statement.bind(9, left?.name)
        statement.bind(10, left?.picture)
        try statement.run()
    }
}

extension ResultRow {
    /// Reads `role, from_seq, until_seq, earlier` from a column on.
    func member(_ column: Int32) -> ConversationMembers.Member {
        var member = ConversationMembers.Member(
            role: .member,
            since: UInt64(clamping: integer(column + 1))
        )
        member.role = optionalInteger(column).flatMap { Role(rawValue: Int(clamping: $0)) }
        member.until = optionalInteger(column + 2).map { UInt64(clamping: $0) }
        member.earlier = StayCoding.decode(bytes(column + 3))
        return member
    }
}
