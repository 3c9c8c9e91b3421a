import Conversations
import Events

extension EventWriter {
    /// Folds what became of whom, by the rule of `Conversation` itself.
    ///
    /// Only the accounts concerned are read: an event costs the rows that it changes, however many members there are.
    mutating func changeMembers(_ event: TimelineEvent) throws {
        guard event.kind != .direct, !event.memberChanges.isEmpty else { return }
        let accounts = Set(event.memberChanges.map(\.account)).sorted()
        var known: [AccountID: MemberRow] = [:]
        for account in accounts {
            known[account] = try MemberRow.load(account, event.conversation, database)
        }
        let before = ConversationMembers(known.mapValues(\.member))
        var conversation = Conversation(id: event.conversation, members: before)
        conversation.apply(event)
        let after = conversation.members
        pending.note(event, membersMore: Int64(after.count - before.count))
        var came: [AccountID] = []
        for account in accounts {
            guard let member = after.all[account], member != known[account]?.member else {
                continue
            }
            var row = known[account] ?? MemberRow(member: member, joinedTime: event.serverTime)
            let isNew = known[account] == nil
            if isNew || row.member.role == nil {
                row.joinedTime = event.serverTime
                pending.note(account, joinedBy: event, isNew: isNew)
                came.append(account)
            }
            row.member = member
            row.left = nil
            if member.role == nil {
                let profile = try profile(of: event.conversation)
                row.left = MemberRow.Left(
                    time: event.serverTime,
                    name: profile.name,
                    picture: profile.picture
                )
            }
            try row.write(account, event.conversation, database)
        }
        try AdmissionFold(database, event).dropRequests(of: came)
    }

    /// Name and picture as they are after what was folded so far.
    private func profile(of conversation: ConversationID) throws -> (name: String, picture: String)
    {
        let change = pending.profile(of: conversation)
        if let name = change.name, let picture = change.picture { return (name, picture) }
        let query = try BoundStatement(
            database,
            "SELECT name, picture FROM conversations WHERE conversation = ?"
        )
        query.bind(1, conversation)
        let stored = try query.first { ($0.text(0), $0.text(1)) } ?? ("", "")
        return (change.name ?? stored.0, change.picture ?? stored.1)
    }
}
