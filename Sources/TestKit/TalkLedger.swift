public import Events
public import MartletClient

/// What was said in conversations whose members stay, and what became of it, as far as it was acknowledged: kept outside the system.
///
/// A value without I/O. `findings()` judges; nothing else does. Whoever changes a message, or reacts to it, waits for each answer before
/// the next request, so what was acknowledged last is what holds.
public struct TalkLedger: DeviceLedger {
    /// What can be asked for.
    public enum Request: Sendable, Hashable {
        /// A group of whoever asks and these members, which has the request's id.
        case create([AccountID])
        /// A message to a group, or to an account.
        case post(String, to: OutgoingMessage.Recipient)
        /// A message of one's own says something else.
        case edit(SubmissionID, String)
        /// A message of one's own is taken back.
        case delete(SubmissionID)
        /// A reaction; empty: none any more.
        case react(SubmissionID, String)
    }

    struct Change {
        let conversation: ConversationID
        let actor: AccountID
        let request: Request
        var outcome = Ledger.Outcome.unknown
    }

    struct Message {
        let conversation: ConversationID
        var text: String
        var isDeleted = false
        var reactions: [AccountID: String] = [:]
    }

    struct Device {
        var trail = DeviceTrail()
        /// How often each message came, under positions of its own.
        var messages: [SubmissionID: Int] = [:]
        var rejections: [SubmissionID: String] = [:]
    }

    private static let recentMax = 50

    /// Requests whose outcome is known.
    public private(set) var settledCount = 0
    /// Messages that devices were told of.
    public private(set) var receivedCount = 0
    /// Who is in what.
    public private(set) var members: [ConversationID: Set<AccountID>] = [:]
    private(set) var changes: [SubmissionID: Change] = [:]
    private(set) var messages: [SubmissionID: Message] = [:]
    private(set) var devices: [Ledger.DeviceKey: Device] = [:]
    private var recent: [ConversationID: [SubmissionID]] = [:]

    /// An empty ledger.
    public init() {}

    /// These and nobody else are in a conversation, always.
    public mutating func opens(_ conversation: ConversationID, among accounts: Set<AccountID>) {
        members[conversation] = accounts
    }

    /// The last messages of a conversation.
    public func recentMessages(in conversation: ConversationID) -> [SubmissionID] {
        recent[conversation] ?? []
    }

    // MARK: Senders

    /// Something is about to be asked for the first time, or again.
    public mutating func sending(
        _ id: SubmissionID,
        _ request: Request,
        by actor: AccountID,
        in conversation: ConversationID
    ) {
        guard changes[id] == nil else { return }
        changes[id] = Change(conversation: conversation, actor: actor, request: request)
    }

    /// The system said that the log has it, or that it has not.
    public mutating func settled(_ id: SubmissionID, _ outcome: Ledger.Outcome) {
        guard let change = changes[id], change.outcome == .unknown, outcome != .unknown else {
            return
        }
        changes[id]?.outcome = outcome
        settledCount += 1
        guard case .acknowledged = outcome else { return }
        switch change.request {
        case .create: break
        case .post(let text, _):
            messages[id] = Message(conversation: change.conversation, text: text)
            recent[change.conversation, default: []].append(id)
            if recentMessages(in: change.conversation).count > Self.recentMax {
                recent[change.conversation]?.removeFirst()
            }
        case .edit(let message, let text): messages[message]?.text = text
        case .delete(let message): messages[message]?.isDeleted = true
        case .react(let message, let emoji):
            messages[message]?.reactions[change.actor] = emoji.isEmpty ? nil : emoji
        }
    }

    // MARK: Devices

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public mutating func opened(_ device: Ledger.DeviceKey, at position: InboxPosition) {
        if devices[device] == nil { devices[device] = Device(trail: DeviceTrail(at: position)) }
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public mutating func gap(_ device: Ledger.DeviceKey, goingOnAt position: InboxPosition) {
        devices[device, default: Device()].trail.gap(goingOnAt: position)
    }

    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public mutating func received(
        _ device: Ledger.DeviceKey,
        _ position: InboxPosition,
        _ event: ServerEvent
    ) -> Bool {
        guard devices[device, default: Device()].trail.takes(position) else { return false }
        switch event {
        case .message(let message):
            devices[device]?.messages[message.messageID, default: 0] += 1
            receivedCount += 1
        case .rejected(let rejection):
            devices[device]?.rejections[rejection.messageID] = rejection.code
        case .conversation, .ticks, .read, .personal, .unknown:
            break
        }
        return true
    }
}

/// A ledger of conversations that many write to at once.
public typealias SharedTalkLedger = Shared<TalkLedger>
