public import Events

/// The state of one conversation, and every rule about what may happen in it.
///
/// A value without I/O. `decide` looks at the state and changes nothing; `apply` folds an event in; so
/// the state is the fold of the conversation's timeline, and deciding the same submissions again over the
/// same state gives the same events.
public struct Conversation: Equatable, Sendable {
    /// Which one.
    public let id: ConversationID
    /// The kind; `nil` until the first event.
    public private(set) var kind: ConversationKind?
    /// The two accounts of a direct conversation, the lower first; empty until the first event.
    public private(set) var members: [AccountID]
    /// The seq of the last event; 0: none.
    public private(set) var lastSeq: UInt64
    /// How many messages there are.
    public private(set) var messageCount: UInt64
    /// The time of the last event.
    public private(set) var lastServerTime: Timestamp

    /// A conversation in which nothing has happened yet.
    public init(id: ConversationID) {
        self.init(
            id: id,
            kind: nil,
            members: [],
            lastSeq: 0,
            messageCount: 0,
            lastServerTime: Timestamp(milliseconds: 0)
        )
    }

    /// A state as it was stored.
    public init(
        id: ConversationID,
        kind: ConversationKind?,
        members: [AccountID],
        lastSeq: UInt64,
        messageCount: UInt64,
        lastServerTime: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.members = members
        self.lastSeq = lastSeq
        self.messageCount = messageCount
        self.lastServerTime = lastServerTime
    }

    // MARK: Deciding

    /// What comes of a submission in this state.
    ///
    /// The age of the id is measured against the submission's own server time and looked at first, so that
    /// an answer never depends on which old ids have been forgotten. Then comes repetition: whatever a
    /// repeated submission says, its first form counts.
    ///
    /// - Throws: what `accepted` throws.
    public func decide(
        _ submission: Submission,
        origin: Origin,
        accepted: some AcceptedSubmissions
    ) throws -> Decision {
        if let reason = Self.refusal(ofID: submission) { return .reject(reason) }
        if try accepted.contains(submission.key) { return .duplicate }
        guard submission.conversation == id, submission.kind == .direct,
            kind == nil || kind == .direct
        else {
            return .reject(
                submission.kind == .direct ? .invalidConversation : .unsupported
            )
        }
        switch submission.request {
        case .unknown:
            return .reject(.unsupported)
        case .postMessage(let recipient, let text):
            return decidePost(submission, to: recipient, text, origin)
        }
    }

    private static let ageMilliseconds = Limits.submissionAgeMax.milliseconds
    private static let aheadMilliseconds = Limits.submissionAgeAheadMax.milliseconds

    private static func refusal(ofID submission: Submission) -> RejectionReason? {
        guard submission.id.isUUIDv7 else { return .invalidID }
        // A UUIDv7's time has 48 bits, so these sums can't overflow, whatever the server time says.
        let time = submission.id.uuidTimestamp.milliseconds
        let now = submission.serverTime.milliseconds
        if now > time + ageMilliseconds { return .tooOld }
        if now < time - aheadMilliseconds { return .clockAhead }
        return nil
    }

    private func decidePost(
        _ submission: Submission,
        to recipient: AccountID?,
        _ text: ArraySlice<UInt8>,
        _ origin: Origin
    ) -> Decision {
        guard let recipient, recipient != submission.sender else {
            return .reject(.invalidRecipient)
        }
        guard isBetween(submission.sender, recipient) else {
            return .reject(.invalidConversation)
        }
        do throws(MessageText.Fault) {
            _ = try MessageText(text)
        } catch {
            return .reject(error == .tooLong ? .messageTooLong : .invalidMessage)
        }
        // Wrapping, since the numbers may have come from a log that somebody tampered with.
        let event = TimelineEvent(
            origin: origin,
            conversation: id,
            kind: .direct,
            seq: lastSeq &+ 1,
            messageCount: messageCount &+ 1,
            serverTime: max(submission.serverTime, lastServerTime),
            clientTime: submission.clientTime,
            sender: submission.sender,
            device: submission.device,
            submission: submission.id,
            body: .messagePosted(recipient: recipient, text: text)
        )
        return .accept([event])
    }

    /// Whether this is the direct conversation of the two; hashes only before the first event.
    private func isBetween(_ sender: AccountID, _ recipient: AccountID) -> Bool {
        guard members.count == 2 else {
            return id == ConversationID(directBetween: sender, and: recipient)
        }
        return members[0] == min(sender, recipient) && members[1] == max(sender, recipient)
    }

    // MARK: Folding

    /// Folds an event in that `decide` made, or that the timeline has.
    ///
    /// Events must come in order and once; see `OriginFilter`.
    public mutating func apply(_ event: TimelineEvent) {
        kind = event.kind ?? kind
        lastSeq = event.seq
        messageCount = event.messageCount
        lastServerTime = event.serverTime
        if case .messagePosted(let recipient?, _) = event.body, members.isEmpty,
            event.kind == .direct
        {
            members = [min(event.sender, recipient), max(event.sender, recipient)]
        }
    }
}
