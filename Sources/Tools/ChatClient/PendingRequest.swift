import Events
import MartletClient

/// Something that was asked for, of which it is not known yet what comes of it.
struct PendingRequest: Equatable {
    let request: ConversationRequest
    /// As it was typed, to be told if it fails.
    let typed: String
    /// Where it was typed.
    let conversation: ConversationID?
    let time: Timestamp

    /// Whether it makes a conversation.
    var isCreation: Bool {
        switch request {
        case .createGroup, .createChannel: true
        default: false
        }
    }

    /// The accounts as they were typed, in order.
    var accounts: [String] {
        switch request {
        case .createGroup(_, let members): members
        case .addMembers(_, let accounts): accounts
        case .ban(_, let account), .removeMember(_, let account): [account]
        default: []
        }
    }
}
