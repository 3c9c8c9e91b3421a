/// Who may know something about an account.
public enum Visibility: Int, CaseIterable, Sendable {
    /// Whoever asks.
    case everyone = 1
    /// The account's contacts.
    case contacts = 2
    /// Only the account itself.
    case nobody = 3

    /// The word for it in JSON.
    public var name: String {
        switch self {
        case .everyone: "everyone"
        case .contacts: "contacts"
        case .nobody: "nobody"
        }
    }

    /// The visibility of this name, if it is one.
    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// What others may know of an account.
public struct Privacy: Equatable, Sendable {
    /// Whether others see what the account has read, and the account what others have.
    public var readReceipts: Bool
    /// Who sees whether the account is online, and when it was last.
    public var presence: Visibility

    /// The default hides nothing.
    public init(readReceipts: Bool = true, presence: Visibility = .everyone) {
        self.readReceipts = readReceipts
        self.presence = presence
    }

    /// What an account wants to be different; `nil` stays as it is.
    public struct Change: Equatable, Sendable {
        /// Whether others see what the account has read.
        public var readReceipts: Bool?
        /// Who sees the account's presence.
        public var presence: Visibility?

        /// A change of its parts.
        public init(readReceipts: Bool? = nil, presence: Visibility? = nil) {
            self.readReceipts = readReceipts
            self.presence = presence
        }
    }

    /// Takes a change over.
    public mutating func apply(_ change: Change) {
        readReceipts = change.readReceipts ?? readReceipts
        presence = change.presence ?? presence
    }
}
