import Conversations
import Events
import Testing

/// docs/ROLES.md, cell by cell.
@Suite struct RolesTests {
    private static let page = "docs/ROLES.md"
    private static let kinds: [(ConversationKind, heading: String)] = [
        (.group, "Groups"), (.channel, "Channels"),
    ]
    private let columns = ["owner", "admin", "moderator", "member", "not a member"]

    private func table(_ heading: String) throws -> MarkdownTable {
        try MarkdownTable(Self.page, below: heading)
    }

    /// The outcome that a cell promises to members, or to others.
    private func outcome(_ cell: String, isMember: Bool) -> String {
        switch cell {
        case "yes": "accepted"
        case "no": isMember ? "not_allowed" : "not_a_member"
        default: cell
        }
    }

    @Test(arguments: kinds)
    func everyCellIsWhatIsDecided(_ kind: ConversationKind, _ heading: String) throws {
        let roles = try RoleScene(kind)
        let table = try table(heading)
        for row in table.rows {
            for column in columns {
                let cell = try table.cell(row, column)
                for actor in try roles.actors(column) {
                    let request = try roles.request(row[0], row[1], by: actor)
                    let submission = roles.scene.submission(request, by: actor)
                    let expected = outcome(cell, isMember: column != "not a member")
                    #expect(
                        try roles.scene.decide(submission).outcome == expected,
                        "\(heading): \(row[0]) \(row[1]) by \(column)"
                    )
                }
            }
        }
    }

    @Test(arguments: kinds)
    func everyActionHasARow(_ kind: ConversationKind, _ heading: String) throws {
        let named = Set(try table(heading).rows.map { $0[0] })
        #expect(named == Set(try ActionSamples.namesInTheTopic()).union(["postMessage"]))
    }

    @Test(arguments: kinds)
    func everyPermissionHasARowAndSaysWhoMay(_ kind: ConversationKind, _ heading: String) throws {
        let settings = ConversationSettings(kind: kind)
        let table = try table(heading)
        let permissions = Dictionary(
            uniqueKeysWithValues: Permission.allCases.map { ("\($0)", $0) }
        )
        var named: Set<Permission> = []
        for row in table.rows where row[2] != "\u{2013}" {
            let permission = try #require(permissions[row[2]], "no permission \(row[2])")
            named.insert(permission)
            for role in Role.allCases {
                let expected = role >= permission.lowestRole(settings) ? "yes" : "no"
                #expect(try table.cell(row, role.name) == expected, "\(row)")
            }
        }
        #expect(named == Set(Permission.allCases))
    }

    @Test(arguments: kinds)
    func rankProtects(_ kind: ConversationKind, _ heading: String) throws {
        let roles = try RoleScene(kind)
        let table = try table("Whom rank protects")
        #expect(table.rows.count == 4)
        for row in table.rows {
            for actorRole in Role.allCases {
                let names = try table.cell(row, actorRole.name).split(separator: ", ")
                let allowed = Set(names.compactMap { Role(name: $0) })
                let actor = try roles.one(actorRole)
                for role in Role.allCases {
                    guard let action = action(row[0], role, by: actor, roles) else { continue }
                    #expect(
                        try roles.scene.wouldAct(action, by: actor)
                            == (allowed.contains(role) ? "accepted" : "not_allowed"),
                        "\(row[0]) \(role) by \(actorRole)"
                    )
                }
            }
        }
    }

    /// What is done to another of a role; `nil` if there is no other.
    private func action(
        _ name: String,
        _ role: Role,
        by actor: AccountID,
        _ roles: RoleScene
    ) -> ConversationAction? {
        if name == "setRole to" {
            let target = roles.other(role == .member ? .moderator : .member, than: actor)
            return target.map { .setRole($0, role) }
        }
        guard let target = roles.other(role, than: actor) else { return nil }
        return switch name {
        case "removeMember": .removeMember(target)
        case "setBan": .setBan(target, isBanned: true)
        case "setRole of": .setRole(target, role == .member ? .moderator : .member)
        default: nil
        }
    }

    @Test(arguments: kinds)
    func theSettingsChangeTheCellsThatNeedTheirPermission(
        _ kind: ConversationKind,
        _ heading: String
    ) throws {
        let settings = try table("Settings")
        let fields: [String: WritableKeyPath<ConversationSettings.Change, Role?>] = [
            "post_from": \.postFrom, "edit_profile_from": \.editProfileFrom, "add_from": \.addFrom,
        ]
        let defaults = ConversationSettings(kind: kind)
        let values: [String: String] = [
            "post_from": defaults.postFrom.name, "add_from": defaults.addFrom.name,
            "edit_profile_from": defaults.editProfileFrom.name,
            "disappear_after_s": "\(defaults.disappearAfterSeconds)",
        ]
        #expect(Set(settings.rows.map { $0[0] }) == Set(values.keys))
        for row in settings.rows {
            #expect(try settings.cell(row, "\(kind)") == values[row[0]])
            guard let field = fields[row[0]] else { continue }
            for lowest in Role.allCases where kind == .group || lowest > .member {
                let roles = try RoleScene(kind)
                var change = ConversationSettings.Change()
                change[keyPath: field] = lowest
                let owner = try roles.one(.owner)
                #expect(try roles.scene.act(.setSettings(change), by: owner) != "not_allowed")
                try expect(row[3], from: lowest, roles, heading)
            }
        }
    }

    private func expect(
        _ permission: String,
        from lowest: Role,
        _ roles: RoleScene,
        _ heading: String
    ) throws {
        for row in try table(heading).rows where row[2] == permission {
            for role in Role.allCases {
                let actor = try roles.one(role)
                let request = try roles.request(row[0], row[1], by: actor)
                #expect(
                    try roles.scene.decide(roles.scene.submission(request, by: actor)).outcome
                        == (role >= lowest ? "accepted" : "not_allowed"),
                    "\(row[0]) by \(role) from \(lowest)"
                )
            }
        }
    }

    // MARK: Direct conversations

    @Test func everyCellOfADirectConversationIsWhatIsDecided() throws {
        let table = try table("Direct conversations")
        let columns = [
            ("either of the two", Samples.bob), ("one who has blocked the other", Samples.bob),
            ("anybody else", Samples.eve),
        ]
        for row in table.rows {
            for (column, actor) in columns {
                let scene = Scene.direct()
                let end = scene.now + .seconds(60)
                var ids: [AccountID: [SubmissionID]] = [:]
                for account in [Samples.ada, Samples.bob] {
                    ids[account] = try [
                        scene.message(by: account), scene.message(Samples.poll(), by: account),
                        scene.message(Samples.liveLocation(until: end), by: account),
                    ]
                }
                let blocks = column.contains("blocked")
                if blocks { try scene.act(.setBlock(Samples.ada, isBlocked: true), by: actor) }
                let isOwn = row[1].hasPrefix("one's own")
                let author = isOwn ? Samples.bob : Samples.ada
                let targets = try #require(ids[author])
                let request = try request(row[0], targets, isBlocking: !blocks)
                #expect(
                    try scene.decide(scene.submission(request, by: actor)).outcome
                        == outcome(try table.cell(row, column), isMember: true),
                    "\(row[0]) \(row[1]) by \(column)"
                )
            }
        }
    }

    private func request(
        _ name: String,
        _ targets: [SubmissionID],
        isBlocking: Bool
    ) throws -> Submission.Request {
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = 60
        let (text, poll, place) = (targets[0], targets[1], targets[2])
        let action: ConversationAction? =
            switch name {
            case "editMessage": .editMessage(text, content: Samples.text("better"))
            case "deleteMessage": .deleteMessage(text)
            case "react": .react(text, emoji: "+")
            case "vote": .vote(poll, options: [1])
            case "pin": .pin(text, isPinned: true)
            case "moveLiveLocation": .moveLiveLocation(place, location: Samples.location())
            case "setSettings": .setSettings(change)
            case "setBlock": .setBlock(Samples.ada, isBlocked: isBlocking)
            default: nil
            }
        if let action { return .act(action) }
        try #require(name == "postMessage")
        return .postMessage(MessagePost(recipient: Samples.ada, text: Array("hello".utf8)))
    }

    @Test func everythingElseIsUnsupportedInADirectConversation() throws {
        let named = Set(try table("Direct conversations").rows.map { $0[0] })
        let scene = Scene.direct()
        try scene.post(by: Samples.ada)
        for (action, _) in ActionSamples.all where !named.contains(ActionSamples.name(of: action)) {
            #expect(try scene.wouldAct(action, by: Samples.ada) == "unsupported", "\(action)")
        }
    }
}
