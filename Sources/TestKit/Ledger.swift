public import Events
public import MartletClient

/// What was sent, what the system said of it, and what each device received: kept outside the system.
///
/// A value without I/O. `findings(for:)` judges; nothing else does.
public struct Ledger: DeviceLedger {
    /// A device as the ledger knows it.
    public struct DeviceKey: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// The account.
        public let account: AccountID
        /// Its number within the account, from 0.
        public let number: Int

        /// A device of its parts.
        public init(_ account: AccountID, _ number: Int = 0) {
            self.account = account
            self.number = number
        }

        /// Orders by account, then by number.
        public static func < (left: Self, right: Self) -> Bool {
            (left.account, left.number) < (right.account, right.number)
        }

        /// The account's last characters and the number.
        public var description: String { "\(account.description.suffix(6))/\(number)" }
    }

    /// What the sender knows of a message.
    public enum Outcome: Hashable, Sendable {
        /// Nothing: sent, and no answer that settles it so far.
        case unknown
        /// The system said that the log has it.
        case acknowledged(ConversationID)
        /// The system said no, in this word.
        case refused(String)
    }

    struct Message {
        let sender: AccountID
        let recipient: AccountID
        var outcome: Outcome = .unknown
        var attempts = 0
    }

    struct Received {
        let position: InboxPosition
        let conversation: ConversationID
        let seq: UInt64
        let message: SubmissionID
    }

    struct Device {
        var trail = DeviceTrail()
        var events: [Received] = []
        var ticks: [ConversationID: TicksEvent] = [:]
        var ticksBackwards = 0
        var rejections: [SubmissionID: String] = [:]
    }

    struct Notification {
        let account: AccountID
        let collapse: String
    }

    /// Messages whose outcome is known.
    public private(set) var settledCount = 0
    private(set) var messages: [SubmissionID: Message] = [:]
    private(set) var devices: [DeviceKey: Device] = [:]
    private(set) var notifications: [SubmissionID: [Notification]] = [:]

    /// An empty ledger.
    public init() {}

    // MARK: Senders

    /// A message is about to be sent for the first time, or again.
    public mutating func sending(
        _ id: SubmissionID,
        from sender: AccountID,
        to recipient: AccountID
    ) {
        messages[id, default: Message(sender: sender, recipient: recipient)].attempts += 1
    }

    /// The system said that the log has it.
    public mutating func acknowledged(_ id: SubmissionID, in conversation: ConversationID) {
        settle(id, .acknowledged(conversation))
    }

    /// The system said no.
    public mutating func refused(_ id: SubmissionID, _ code: String) {
        settle(id, .refused(code))
    }

    private mutating func settle(_ id: SubmissionID, _ outcome: Outcome) {
        guard let message = messages[id] else { return }
        if message.outcome == .unknown { settledCount += 1 }
        messages[id]?.outcome = outcome
    }

    // MARK: Devices

    /// A device exists from now on, and has everything up to this position.
    public mutating func opened(_ device: DeviceKey, at position: InboxPosition) {
        if devices[device] == nil {
            devices[device] = Device(trail: DeviceTrail(at: position))
        }
    }

    /// The server said that it no longer keeps what the device misses.
    public mutating func gap(_ device: DeviceKey, goingOnAt position: InboxPosition) {
        devices[device, default: Device()].trail.gap(goingOnAt: position)
    }

    /// An event frame came in.
    ///
    /// - Returns: whether it is new to the device; a repetition is to be dropped, as a good client does.
    public mutating func received(
        _ device: DeviceKey,
        _ position: InboxPosition,
        _ event: ServerEvent
    ) -> Bool {
        var state = devices[device, default: Device()]
        defer { devices[device] = state }
        guard state.trail.takes(position) else { return false }
        switch event {
        case .message(let message):
            state.events.append(
                Received(
                    position: position,
                    conversation: message.conversationID,
                    seq: message.seq,
                    message: message.messageID
                )
            )
        case .ticks(let ticks):
            if let last = state.ticks[ticks.conversationID],
                ticks.deliveredSeq < last.deliveredSeq || ticks.readSeq < last.readSeq
            {
                state.ticksBackwards += 1
            }
            state.ticks[ticks.conversationID] = ticks
        case .rejected(let rejection):
            state.rejections[rejection.messageID] = rejection.code
        case .conversation, .read, .personal, .unknown:
            break
        }
        return true
    }

    /// A notification went out.
    public mutating func notified(_ account: AccountID, of message: SubmissionID, collapse: String)
    {
        notifications[message, default: []].append(
            Notification(account: account, collapse: collapse)
        )
    }

    // MARK: Questions

    /// Messages that were sent.
    public var sentCount: Int { messages.count }
    /// Messages that the system acknowledged.
    public var acknowledgedCount: Int {
        messages.values.count {
            if case .acknowledged = $0.outcome { true } else { false }
        }
    }
    /// How often messages were sent again with the same id.
    public var repeatedCount: Int { messages.values.reduce(0) { $0 + $1.attempts - 1 } }
    /// Event frames that devices dropped because they had had them.
    public var resendCount: Int { devices.values.reduce(0) { $0 + $1.trail.resends } }
    /// Messages that a device has, each counted once.
    public func receivedCount(of device: DeviceKey) -> Int {
        Set(devices[device]?.events.map(\.message) ?? []).count
    }
    /// Where a device is.
    public func position(of device: DeviceKey) -> InboxPosition? { devices[device]?.trail.position }

    /// All conversations with an acknowledged message, each with one of its members.
    public var conversations: [ConversationID: AccountID] {
        var found: [ConversationID: AccountID] = [:]
        for message in messages.values {
            if case .acknowledged(let conversation) = message.outcome {
                found[conversation] = max(
                    message.sender,
                    found[conversation] ?? message.sender
                )
            }
        }
        return found
    }
}
