import Conversations
import Events

/// What a call puts to the router.
struct Proposal: Sendable {
    let conversation: ConversationID
    /// The kind of the conversation; `nil`: whichever it has.
    let kind: ConversationKind?
    let action: ConversationAction
    /// What the answer tells besides.
    let token: InviteToken?

    init(
        _ conversation: ConversationID,
        _ action: ConversationAction,
        kind: ConversationKind? = nil,
        token: InviteToken? = nil
    ) {
        self.conversation = conversation
        self.action = action
        self.kind = kind
        self.token = token
    }
}
