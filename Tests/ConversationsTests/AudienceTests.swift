import Conversations
import Events
import Testing

/// Who is told of an event: docs/ROLES.md, "Who is told".
@Suite struct AudienceTests {
    /// The actions that can happen in groups and channels, each with the row that it may have.
    private static let happenings: [(action: String, what: String, row: String)] = [
        ("postMessage", "", "postMessage"), ("editMessage", "one's own", "editMessage"),
        ("deleteMessage", "one's own", "deleteMessage"), ("react", "", "react"),
        ("vote", "", "vote"), ("pin", "", "pin"),
        ("moveLiveLocation", "one's own", "moveLiveLocation"), ("setProfile", "", "setProfile"),
        ("setSettings", "", "setSettings"), ("addMembers", "", "addMembers"),
        ("removeMember", "", "removeMember"), ("setRole", "a plain member", "setRole"),
        ("transferOwnership", "", "transferOwnership"), ("leave", "", "leave"),
        ("setBan", "a plain member", "setBan of a member"),
        ("setBan", "somebody else", "setBan of somebody else"),
        ("createInvite", "", "createInvite"),
        ("revokeInvite", "", "revokeInvite"), ("join", "waiting", "join, waiting"),
        ("join", "", "join"), ("decideJoin", "declined", "decideJoin, declined"),
        ("decideJoin", "", "decideJoin"),
    ]

    @Test(arguments: [ConversationKind.group, .channel])
    func theTableSaysWhoIsTold(_ kind: ConversationKind) throws {
        let table = try MarkdownTable("docs/ROLES.md", below: "Who is told")
        let cells = Dictionary(
            uniqueKeysWithValues: try table.rows.map { ($0[0], try table.cell($0, "in a \(kind)")) }
        )
        #expect(Set(cells.keys).isSubset(of: Self.happenings.map(\.row)))
        let roles = try RoleScene(kind)
        for happening in Self.happenings {
            // Members react, vote, leave and come; the owner does the rest.
            let isOwners = !["react", "vote", "leave", "join"].contains(happening.action)
            let isNew = happening.action == "join"
            let actor =
                isNew ? roles.newcomer : try roles.one(isOwners ? .owner : .member)
            let scene = roles.scene.copy()
            let before = Set(scene.state.members.accounts(from: .member))
            let request = try roles.request(happening.action, happening.what, by: actor)
            #expect(try scene.submit(scene.submission(request, by: actor)).outcome == "accepted")
            let event = try scene.last
            let everyone = before.union(scene.state.members.accounts(from: .member))
            let expected = try expected(cells[happening.row] ?? "everyone", everyone, event, scene)
            #expect(try scene.told() ?? everyone == expected, "\(happening.row) in a \(kind)")
        }
    }

    private func expected(
        _ cell: String,
        _ everyone: Set<AccountID>,
        _ event: TimelineEvent,
        _ scene: Scene
    ) throws -> Set<AccountID> {
        var accounts: Set<AccountID> = []
        for word in cell.split(separator: ", ") {
            switch word {
            case "everyone": accounts.formUnion(everyone)
            case "admins": accounts.formUnion(scene.state.members.accounts(from: .admin))
            case "moderators": accounts.formUnion(scene.state.members.accounts(from: .moderator))
            case "sender": accounts.insert(event.sender)
            case "account":
                accounts.formUnion(event.memberChanges.map(\.account))
                if case .acted(.decideJoin(let account, _)) = event.body {
                    accounts.insert(account)
                }
            default: Issue.record("\(word) is nobody")
            }
        }
        return accounts
    }

    @Test func membersOfAGroupAreToldOfWhoeverCreatedIt() throws {
        let scene = try Scene(.group, owner: Samples.ada, members: [Samples.bob])
        #expect(try scene.told() == nil)
    }

    @Test func whoLeavesHearsOfItLast() throws {
        let scene = try Scene(.group, owner: Samples.ada, members: [Samples.bob])
        try scene.act(.removeMember(Samples.bob), by: Samples.ada)
        #expect(scene.seen(by: Samples.bob).last == (try scene.last.seq))
        try scene.post(by: Samples.ada)
        #expect(scene.seen(by: Samples.bob).last != (try scene.last.seq))
    }
}
