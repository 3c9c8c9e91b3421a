import Conversations
import Events
import Web

/// Who is in a conversation, as what, and who does not want to hear of whom.
extension ActionCall {
    func addMembers() throws(Problem) -> Proposal {
        let conversation = try conversation()
        let accounts = try accounts("accounts")
        guard !accounts.isEmpty else { throw Problem(.invalidMembers, "accounts are missing") }
        return Proposal(conversation, .addMembers(accounts))
    }

    func removeMember() throws(Problem) -> Proposal {
        Proposal(try conversation(), .removeMember(try account()))
    }

    func setRole() throws(Problem) -> Proposal {
        let conversation = try conversation()
        let account = try account()
        let role = try body.string("role", or: .invalidRole).flatMap { Role(name: $0) }
        guard let role, role != .owner else {
            throw Problem(
                .invalidRole,
                "role is member, moderator or admin; ownership is transferred"
            )
        }
        return Proposal(conversation, .setRole(account, role))
    }

    func transferOwnership() throws(Problem) -> Proposal {
        Proposal(try conversation(), .transferOwnership(try accountOfBody()))
    }

    func leave() throws(Problem) -> Proposal {
        Proposal(try conversation(), .leave)
    }

    func setBan(_ isBanned: Bool) throws(Problem) -> Proposal {
        Proposal(try conversation(), .setBan(try account(), isBanned: isBanned))
    }

    /// Blocks, or no longer, in the direct conversation of the two.
    func setBlock(_ isBlocked: Bool) throws(Problem) -> Proposal {
        let other = try account()
        guard other != identity.account else {
            throw Problem(.invalidAccount, "nobody blocks themself")
        }
        return Proposal(
            ConversationID(directBetween: identity.account, and: other),
            .setBlock(other, isBlocked: isBlocked),
            kind: .direct
        )
    }
}
