import Events
import Projections

/// How far one account has read a channel, in memory.
final class ChannelReader: CachedState {
    /// Which account of which channel.
    struct ID: Hashable {
        let channel: ConversationID
        let account: AccountID
    }

    let id: ID
    var own: OwnRead
    var isDirty = false
    /// Whether it is told after the batch.
    var isDue = false

    init(_ id: ID, _ own: OwnRead = OwnRead()) {
        self.id = id
        self.own = own
    }
}
