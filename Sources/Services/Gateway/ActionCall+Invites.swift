import Conversations
import Events
import Ingest
import Web

/// Links to join by.
extension ActionCall {
    func createInvite() throws(Problem) -> Proposal {
        let conversation = try conversation()
        var invite = Invite()
        if let milliseconds = try body.integer("expires_at", or: .invalidInvite) {
            guard let end = Timestamp(checking: milliseconds), end > now else {
                throw Problem(
                    .invalidInvite,
                    "expires_at is in milliseconds since 1970, and to come"
                )
            }
            invite.expiresAt = end
        }
        let most = try body.integer("uses_max", or: .invalidInvite) ?? 0
        guard let most = UInt32(exactly: most) else {
            throw Problem(.invalidInvite, "uses_max is a whole number, 0 for no limit")
        }
        invite.usesMax = most
        invite.needsApproval = try body.bool("needs_approval", or: .invalidInvite) ?? false
        // The same for the same submission: whoever repeats it is told of the invite that there is.
        let secret = names.inviteSecret(of: head.id, by: identity.account, in: conversation)
        return Proposal(
            conversation,
            .createInvite(secret, invite),
            token: InviteToken(conversation, secret)
        )
    }

    func revokeInvite() throws(Problem) -> Proposal {
        let conversation = try conversation()
        let token = try token()
        guard token.conversation == conversation else { throw .notFound }
        return Proposal(conversation, .revokeInvite(token.secret))
    }

    func join() throws(Problem) -> Proposal {
        let token = try token()
        return Proposal(token.conversation, .join(token.secret))
    }

    func decideJoin() throws(Problem) -> Proposal {
        let conversation = try conversation()
        let account = try account()
        guard let isApproved = try body.bool("approved") else {
            throw Problem(.invalidField, "approved is missing")
        }
        return Proposal(conversation, .decideJoin(account, isApproved: isApproved))
    }
}
