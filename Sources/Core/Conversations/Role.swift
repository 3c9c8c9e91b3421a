/// What an account is in a group or a channel, in rank; the numbers are those of `Role` in `common.proto`.
public enum Role: Int, Comparable, CaseIterable, Sendable {
    /// In a group writes; in a channel follows.
    case member = 1
    /// Keeps order: removes messages and members.
    case moderator = 2
    /// Runs the conversation.
    case admin = 3
    /// The one who can't be removed; there is always one.
    case owner = 4

    /// The word for it, as clients read and write it.
    public var name: String {
        switch self {
        case .member: "member"
        case .moderator: "moderator"
        case .admin: "admin"
        case .owner: "owner"
        }
    }

    /// The role of a word; `nil` if there is none.
    public init?(name: some StringProtocol) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }

    /// Orders by rank.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
