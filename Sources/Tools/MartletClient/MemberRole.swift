/// What an account is in a group or a channel; there may be roles that this client does not know.
public struct MemberRole: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The word for it.
    public let rawValue: String

    /// The role of a word.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// In a group writes; in a channel follows.
    public static let member = MemberRole(rawValue: "member")
    /// Keeps order.
    public static let moderator = MemberRole(rawValue: "moderator")
    /// Runs the conversation.
    public static let admin = MemberRole(rawValue: "admin")
    /// The one who can't be removed.
    public static let owner = MemberRole(rawValue: "owner")

    /// The word.
    public var description: String { rawValue }
}
