import Conversations
import Events
import Stores

/// Who does something in a random room.
let everybody = [ada, bob, cleo, dan]

/// SplitMix64: the same seed gives the same numbers.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Room {
    /// One in which all kinds of things have happened.
    init(randomly seed: UInt64, _ random: inout SeededRandom) throws {
        switch seed % 3 {
        case 0: self.init(between: ada, and: bob)
        case 1: try self.init(.group, of: ada, with: [bob], number: seed)
        default: try self.init(.channel, of: ada, number: seed)
        }
        var steps = 0
        while events.count < 150, steps < 3000 {
            steps += 1
            if Int.random(in: 0..<40, using: &random) == 0 {
                time = time + .seconds(Int64.random(in: 1...100, using: &random))
            }
            step(&random)
        }
    }

    /// Something that may be refused.
    private mutating func step(_ random: inout SeededRandom) {
        let account = everybody[Int.random(in: 0..<everybody.count, using: &random)]
        let other = everybody[Int.random(in: 0..<everybody.count, using: &random)]
        if let event = events.randomElement(using: &random), random.next() % 6 == 0 {
            mark(random.next() % 2 == 0 ? .read : .delivered, event, by: account)
        }
        if random.next() % 3 == 0 {
            _ = try? post("text \(events.count)", by: account)
            return
        }
        let action = action(other, &random)
        // Somebody has to stay.
        if case .leave = action, state.members.count < 3 { return }
        _ = try? act(account, action)
    }

    private func action(
        _ other: AccountID,
        _ random: inout SeededRandom
    ) -> ConversationAction {
        let recent = events.suffix(25).filter { event in
            if case .messagePosted = event.body { true } else { false }
        }
        let message = recent.randomElement(using: &random)?.submission ?? Room.id(at: time, 0)
        let isOn = random.next() % 2 == 0
        let secret = InviteSecret(high: 1, low: random.next() % 3)
        var change = ConversationSettings.Change()
        change.disappearAfterSeconds = isOn ? 40 : 0
        if state.kind != .direct, random.next() % 4 == 0 { change.postFrom = .admin }
        let actions: [ConversationAction] = [
            .editMessage(
                message,
                content: MessageContent.encodedText("edit \(events.count)".utf8)
            ),
            .editMessage(message, content: MessageContent.encodedText("again".utf8)),
            .deleteMessage(message),
            .react(message, emoji: ["", "a", "b", "c"].randomElement(using: &random) ?? ""),
            .react(message, emoji: ["a", "b"].randomElement(using: &random) ?? ""),
            .pin(message, isPinned: isOn),
            .setSettings(change),
            .setBlock(other, isBlocked: isOn),
            .addMembers([other]), .addMembers([other]),
            .removeMember(other), .leave,
            .setRole(
                other,
                [.member, .moderator, .admin].randomElement(using: &random) ?? .member
            ),
            .transferOwnership(other),
            .setProfile(ProfileChange(name: "Name \(events.count)")),
            .setBan(other, isBanned: isOn),
            .createInvite(secret, Invite(needsApproval: isOn)), .revokeInvite(secret),
            .join(secret), .join(secret), .decideJoin(other, isApproved: isOn),
        ]
        return actions.randomElement(using: &random) ?? .leave
    }
}
