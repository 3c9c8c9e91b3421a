import MartletClient

/// A command about messages, which are counted from the newest, 1.
enum MessageCommand: Equatable {
    case reply(Int, text: String)
    case react(Int, emoji: String)
    case edit(Int, text: String)
    case delete(Int)
    case pin(Int)
    case unpin(Int)
    case poll(Poll)
    /// The options' places, from 0.
    case vote(Int, options: [Int])
}
