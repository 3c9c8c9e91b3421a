import Events
import MartletClient
import Synchronization
import TestKit

/// What is asked for in one group, at random by a seed.
///
/// Looks at who is there as far as devices were told. Since several ask at a time, and processes die, that is often out of date, so
/// that not a little is asked for that must be rejected.
final class GroupScript: Sendable {
    /// Who asks for what; a link to join by is still to be filled in.
    struct Step: Sendable {
        var actor: AccountID
        var request: GroupLedger.Request

        init(_ actor: AccountID, _ request: GroupLedger.Request) {
            self.actor = actor
            self.request = request
        }
    }

    /// Who is there at the moment; nobody in no order, so that the same chance chooses the same.
    private struct Cast {
        let owner: AccountID
        let members: [AccountID]
        let staff: [AccountID]
        let others: [AccountID]
    }

    private struct State {
        var random: SeededRandom
        var invites = 0
    }

    private static let invitesMax = 60

    /// The group's creator, who never leaves.
    let owner: AccountID
    /// Those who are there from the beginning besides the owner.
    let first: [AccountID]
    private let accounts: [AccountID]
    private let needle: String
    private let state: Mutex<State>

    /// A group of the first `size` of `accounts`, near which it stays; the others come when they come.
    init(_ accounts: [AccountID], size: Int, needle: String, random: SeededRandom) {
        owner = accounts[0]
        first = Array(accounts[1..<size])
        self.accounts = accounts
        self.needle = needle
        state = Mutex(State(random: random))
    }

    /// The next thing to ask for, where members have these roles.
    func next(_ roles: [AccountID: MemberRole]) -> Step {
        let cast = Cast(
            owner: owner,
            members: accounts.filter { $0 != owner && roles[$0] != nil },
            staff: accounts.filter { $0 != owner && (roles[$0] ?? .member) != .member },
            others: accounts.filter { $0 != owner && roles[$0] == nil }
        )
        return state.withLock { next(cast, &$0) }
    }

    private func next(_ cast: Cast, _ state: inout State) -> Step {
        switch Int.random(in: 0..<100, using: &state.random) {
        case 0..<66: return post(cast, &state)
        case 66..<80:
            let isSmall = cast.members.count < first.count
            return isSmall ? come(cast, &state) : go(cast, &state.random)
        case 80..<86: return come(cast, &state)
        case 86..<92: return go(cast, &state.random)
        case 92..<98: return setRole(cast, &state.random)
        default: return invite(cast, &state)
        }
    }

    private func post(_ cast: Cast, _ state: inout State) -> Step {
        // Now and then somebody who is not there any more, or not yet.
        let isOutside = Int.random(in: 0..<25, using: &state.random) == 0
        let actors = isOutside ? cast.others : cast.members + [owner]
        let text = "\(needle) \(state.random.next())"
        return Step(actors.randomElement(using: &state.random) ?? owner, .post(text))
    }

    /// Somebody is added, or comes by a link.
    private func come(_ cast: Cast, _ state: inout State) -> Step {
        guard let one = cast.others.randomElement(using: &state.random) else {
            return go(cast, &state.random)
        }
        let adder = (cast.members + [owner]).randomElement(using: &state.random) ?? owner
        if Bool.random(using: &state.random) { return Step(one, .join(token: "")) }
        var added = [one]
        if let another = cast.others.randomElement(using: &state.random), another != one {
            added.append(another)
        }
        // One who is there already changes nothing.
        if let member = cast.members.randomElement(using: &state.random), member != adder,
            Int.random(in: 0..<8, using: &state.random) == 0
        {
            added.append(member)
        }
        return Step(adder, .add(added))
    }

    /// Somebody leaves, or is put out by whoever may, or may not.
    private func go(_ cast: Cast, _ random: inout SeededRandom) -> Step {
        guard let one = cast.members.randomElement(using: &random) else {
            return Step(owner, .remove(cast.others.first ?? owner))
        }
        let remover = (cast.staff + [owner]).randomElement(using: &random) ?? owner
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return Step(one, .leave)
        case 4..<9: return Step(remover, .remove(remover == one ? owner : one))
        default: return Step(one, .remove(cast.others.randomElement(using: &random) ?? owner))
        }
    }

    private func setRole(_ cast: Cast, _ random: inout SeededRandom) -> Step {
        let roles: [MemberRole] = [.member, .moderator, .admin]
        let actors = cast.staff + [owner, owner, owner]
        return Step(
            actors.randomElement(using: &random) ?? owner,
            .setRole(
                cast.members.randomElement(using: &random) ?? owner,
                roles.randomElement(using: &random) ?? .member
            )
        )
    }

    private func invite(_ cast: Cast, _ state: inout State) -> Step {
        guard state.invites < Self.invitesMax else { return post(cast, &state) }
        state.invites += 1
        let actors = cast.staff + [owner]
        return Step(actors.randomElement(using: &state.random) ?? owner, .createInvite)
    }
}
