import Conversations
import Events
import Testing

/// What the router stores is what it had.
@Suite struct StorageTests {
    @Test func aMessageIsReadAsItWasStored() throws {
        let end = Samples.noon + .seconds(60)
        let forms: [PostedMessage.Form] = [
            .text, .other, .poll(options: 12, isMultiple: true),
            .poll(options: 2, isMultiple: false), .liveLocation(endsAt: end),
        ]
        for form in forms {
            for (expiresAt, isWithheld) in [(nil, false), (end, true)] as [(Timestamp?, Bool)] {
                var message = PostedMessage(
                    seq: 7,
                    author: Samples.ada,
                    serverTime: Samples.noon,
                    form: form,
                    expiresAt: expiresAt,
                    isWithheld: isWithheld
                )
                for isDeleted in [false, true] {
                    message.isDeleted = isDeleted
                    let bytes = message.encoded()
                    #expect(
                        try PostedMessage(author: Samples.ada, decoding: bytes[...]) == message
                    )
                }
            }
        }
    }

    @Test func pinsOfADirectConversationAreStored() throws {
        let scene = Scene.direct()
        let id = try scene.message(by: Samples.ada)
        try scene.act(.pin(id, isPinned: true), by: Samples.bob)
        try scene.act(.setBlock(Samples.ada, isBlocked: true), by: Samples.bob)
        let stored = try scene.stored()
        #expect(stored.pins == [id])
        #expect(stored == scene.state)
    }

    @Test func damagedStatesNeverTrap() throws {
        var random = SeededRandom(seed: 5)
        let roles = try RoleScene(.group)
        let original = roles.scene.state.encodedState()
        for _ in 0..<5000 {
            var bytes = original
            bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                in: .min ... .max,
                using: &random
            )
            _ = try? Conversation(
                id: roles.scene.state.id,
                state: bytes[...],
                members: ConversationMembers()
            )
            _ = try? ConversationMembers.Member(decoding: bytes[...])
            _ = try? PostedMessage(author: Samples.ada, decoding: bytes[...])
        }
    }
}

extension Scene {
    /// The state after it was stored and read again.
    func stored() throws -> Conversation {
        var members: [AccountID: ConversationMembers.Member] = [:]
        for (account, member) in state.members.all {
            members[account] = try .init(decoding: member.encoded()[...])
        }
        return try Conversation(
            id: state.id,
            state: state.encodedState()[...],
            members: ConversationMembers(members)
        )
    }
}
