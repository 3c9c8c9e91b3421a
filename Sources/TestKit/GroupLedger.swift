public import Events
public import MartletClient

/// What was asked for in groups, what the system said of it, and what each device was told: kept outside the system.
///
/// A value without I/O. `findings()` judges; nothing else does. Of every group one account must be there from the beginning to the
/// end, its creator: who came and who went when is what this account's devices were told.
public struct GroupLedger: DeviceLedger {
    /// What can be asked for in a group.
    public enum Request: Sendable, Hashable {
        /// A group of whoever asks and these members.
        case create([AccountID])
        /// A message.
        case post(String)
        /// Accounts become members.
        case add([AccountID])
        /// A member is put out.
        case remove(AccountID)
        /// Whoever asks leaves.
        case leave
        /// A member gets another role.
        case setRole(AccountID, MemberRole)
        /// A link to join by.
        case createInvite
        /// Whoever asks comes by a link.
        case join(token: String)
    }

    struct Operation {
        let conversation: ConversationID
        let actor: AccountID
        let request: Request
        /// When it was sent first, by the ledger's own clock.
        let sentAt: Int
        var settledAt: Int?
        var outcome = Ledger.Outcome.unknown
        var attempts = 0
        /// Of an invite, what is in the link.
        var token: String?
    }

    /// What devices were told stands at a seq.
    struct Event: Equatable {
        let id: SubmissionID
        let sender: AccountID
        let kind: String
        var members: [MemberChange] = []
        /// Of a message the text, of an invite the token.
        var detail = ""
    }

    struct Device {
        var trail = DeviceTrail()
        /// The seqs it was told of, as they came.
        var seqs: [ConversationID: [UInt64]] = [:]
        var rejections: [SubmissionID: [String]] = [:]
        /// The highest so far: ticks say what holds from then on, so a device goes by the highest that it was told.
        var ticks: [ConversationID: TicksEvent] = [:]
        /// Ticks that said less than was known.
        var ticksLate = 0
    }

    /// Operations whose outcome is known.
    public private(set) var settledCount = 0
    private(set) var operations: [SubmissionID: Operation] = [:]
    private(set) var devices: [Ledger.DeviceKey: Device] = [:]
    /// What the first device that was told of a seq was told.
    private(set) var events: [ConversationID: [UInt64: Event]] = [:]
    /// Where another device was told otherwise, in words.
    private(set) var disagreements: [String] = []
    private var tokens: [ConversationID: [String]] = [:]
    /// What the newest event that any device was told of says of each account.
    private var roles: [ConversationID: [AccountID: (seq: UInt64, role: MemberRole?)]] = [:]
    /// Counts what the senders wrote down: what was settled before something was sent has an earlier place in the log.
    private var clock = 0

    /// An empty ledger.
    public init() {}

    // MARK: Senders

    /// Something is about to be asked for the first time, or again.
    public mutating func sending(
        _ id: SubmissionID,
        _ request: Request,
        by actor: AccountID,
        in conversation: ConversationID
    ) {
        clock += 1
        operations[
            id,
            default: Operation(
                conversation: conversation,
                actor: actor,
                request: request,
                sentAt: clock
            )
        ].attempts += 1
    }

    /// The system said that the log has it, or that it has not.
    public mutating func settled(
        _ id: SubmissionID,
        _ outcome: Ledger.Outcome,
        token: String? = nil
    ) {
        guard var operation = operations[id], outcome != .unknown else { return }
        clock += 1
        if operation.outcome == .unknown { settledCount += 1 }
        operation.outcome = outcome
        operation.settledAt = clock
        operation.token = token
        operations[id] = operation
        if let token { tokens[operation.conversation, default: []].append(token) }
    }

    /// Links to join by, in the order in which the senders heard of them.
    public func tokens(of conversation: ConversationID) -> [String] { tokens[conversation] ?? [] }

    /// Who is there with which role, as far as devices were told so far.
    public func roles(in conversation: ConversationID) -> [AccountID: MemberRole] {
        (roles[conversation] ?? [:]).compactMapValues(\.role)
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
            note(Event(message), message.conversationID, message.seq, device)
        case .conversation(let change):
            note(Event(change), change.conversationID, change.seq, device)
        case .rejected(let rejection):
            devices[device]?.rejections[rejection.messageID, default: []].append(rejection.code)
        case .ticks(let ticks):
            note(ticks, device)
        case .read, .personal, .unknown:
            break
        }
        return true
    }

    private mutating func note(
        _ event: Event,
        _ conversation: ConversationID,
        _ seq: UInt64,
        _ device: Ledger.DeviceKey
    ) {
        devices[device]?.seqs[conversation, default: []].append(seq)
        guard let known = events[conversation]?[seq] else {
            events[conversation, default: [:]][seq] = event
            for change in event.members
            where seq > roles[conversation]?[change.account]?.seq ?? 0 {
                roles[conversation, default: [:]][change.account] = (seq, change.role)
            }
            return
        }
        guard known != event else { return }
        disagreements.append(
            "\(conversation) \(seq) is \(event.kind) \(event.id) on \(device), "
                + "\(known.kind) \(known.id) elsewhere"
        )
    }

    private mutating func note(_ ticks: TicksEvent, _ device: Ledger.DeviceKey) {
        let conversation = ticks.conversationID
        guard var known = devices[device]?.ticks[conversation] else {
            devices[device]?.ticks[conversation] = ticks
            return
        }
        if ticks.deliveredSeq < known.deliveredSeq || ticks.readSeq < known.readSeq {
            devices[device]?.ticksLate += 1
        }
        known.deliveredSeq = max(known.deliveredSeq, ticks.deliveredSeq)
        known.readSeq = max(known.readSeq, ticks.readSeq)
        devices[device]?.ticks[conversation] = known
    }
}

extension GroupLedger.Event {
    init(_ message: MessageEvent) {
        self.init(
            id: message.messageID,
            sender: message.sender,
            kind: "message",
            detail: message.text ?? ""
        )
    }

    init(_ event: ConversationEvent) {
        self.init(
            id: event.submissionID,
            sender: event.sender,
            kind: event.change.kind,
            members: event.members
        )
        if case .inviteCreated(let invite) = event.change { detail = invite.token }
    }
}
