/// A command of the chat: how it is written, what it does, how it is read.
struct CommandSpec: Sendable {
    /// What a word after the command names, for its completion.
    enum Argument: Sendable {
        case account
        case destination
        case role
        case span
        case approval
        case me
        case privacy
        case visibility
        case device
        case here
        case other
    }

    /// With the slash.
    let name: String
    /// What stands after it: `WHO ROLE`.
    let usage: String
    /// What it does, in a few words.
    let help: String
    /// What its words name; the last one goes for all that follow.
    var arguments: [Argument] = []
    /// Whether everything after it is one name, with or without quotation marks.
    var isOneName = false
    /// Reads what stands after it; `nil`: that is not how it is written.
    let parse: @Sendable (CommandWords) -> SlashCommand?

    /// How it is written.
    var synopsis: String { usage.isEmpty ? name : "\(name) \(usage)" }
}
