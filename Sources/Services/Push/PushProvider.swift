public import Events

/// Hands notifications to whatever shows them: APNs, FCM, Web Push; so far a file.
public protocol PushProvider: Sendable {
    /// Takes notifications over; returns when they will not be lost by a crash of this process.
    ///
    /// May block. A notification can come again after a crash, with the same collapse id: show it once.
    ///
    /// - Throws: `PushError`; then the notifications come again later.
    func deliver(_ notifications: [PushNotification]) throws
}

/// What a provider could not do.
public struct PushError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// The provider can't be reached, or its file not be written.
        public static let unavailable = Code(description: "provider_unavailable")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words; never a message's content.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether doing the same again later may succeed.
    public var isRetriable: Bool { code == .unavailable }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

/// Tells an account that a message waits for it, or that it was added to a group.
///
/// Carries no text.
public struct PushNotification: Hashable, Sendable {
    /// What it is about.
    public enum Kind: Int, Sendable {
        /// A message.
        case message = 0
        /// The account is a member of a group by somebody else's doing.
        case added = 1

        /// The word for it.
        public var name: String {
            switch self {
            case .message: "message"
            case .added: "added"
            }
        }
    }

    /// What it is about.
    public var kind: Kind
    /// When it was decided.
    public var time: Timestamp
    /// Who is told.
    public var account: AccountID
    /// The account's devices, by id.
    ///
    /// They have no push tokens yet, so the account is told once.
    public var devices: [DeviceID]
    /// Where the message is, or which group it is.
    public var conversation: ConversationID
    /// Which message, or by which submission the account was added.
    public var messageID: SubmissionID
    /// The record that caused it.
    public var origin: Origin

    /// A notification of its parts.
    public init(
        kind: Kind = .message,
        time: Timestamp,
        account: AccountID,
        devices: [DeviceID] = [],
        conversation: ConversationID,
        messageID: SubmissionID,
        origin: Origin
    ) {
        self.kind = kind
        self.time = time
        self.account = account
        self.devices = devices
        self.conversation = conversation
        self.messageID = messageID
        self.origin = origin
    }

    /// Notifications of one account with the same collapse id replace one another on the screen: a burst in a conversation
    /// shows as one, and a repetition is invisible.
    ///
    /// 53 characters; APNs takes 64.
    public var collapseID: String { "\(conversation).\(account)" }
}
