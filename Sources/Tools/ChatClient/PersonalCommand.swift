import MartletClient

/// A command that sets something for oneself alone; messages are counted from the newest, 1.
enum PersonalCommand: Equatable {
    /// `nil`: for ever; zero: not any more.
    case mute(Duration?)
    case archive(Bool)
    case star(Int, Bool)
    case hide(Int)
    case privacy(PrivacySettings)
    /// Without a name: the person of a direct conversation.
    case contact(String?, Bool)
    /// By its id, or the end of one that was listed.
    case removeDevice(String)
}
