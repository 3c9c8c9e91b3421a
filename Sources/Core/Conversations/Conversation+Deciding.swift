public import Events

extension Conversation {
    /// What comes of a submission in this state.
    ///
    /// The age of the id is measured against the submission's own server time and looked at first, so that
    /// an answer never depends on which old ids have been forgotten. Then comes repetition: whatever a
    /// repeated submission says, its first form counts. An id that is a message's names nothing else in the
    /// conversation, so nobody can pass something off as another's message.
    ///
    /// - Throws: what `accepted` throws.
    public func decide(
        _ submission: Submission,
        origin: Origin,
        accepted: some AcceptedSubmissions
    ) throws -> Decision {
        if let reason = Self.refusal(ofID: submission) { return .reject(reason) }
        if try accepted.contains(submission.key) { return .duplicate }
        if try accepted.message(submission.id, in: id) != nil { return .reject(.usedID) }
        // Whoever names a conversation that exists need not know what kind it is.
        guard let kind = submission.kind ?? self.kind else { return .reject(.conversationNotFound) }
        guard self.kind == nil || self.kind == kind else { return .reject(.invalidConversation) }
        var submission = submission
        submission.kind = kind
        var outcome = Outcome()
        let reason: RejectionReason?
        switch submission.request {
        case .unknown:
            reason = .unsupported
        case .postMessage(let post):
            reason = refusal(of: post, submission, &outcome)
        case .act(let action):
            reason = try refusal(of: action, submission, accepted, &outcome)
        }
        if let reason { return .reject(reason) }
        return .accept([event(submission, kind, outcome, origin)])
    }

    /// What an accepted submission brings besides what it says.
    struct Outcome {
        /// The body, if it is not as it was asked.
        var body: TimelineEvent.Body?
        var memberChanges: [TimelineEvent.MemberChange] = []
        var messageSeq: UInt64 = 0
        var isWithheld = false
    }

    private func event(
        _ submission: Submission,
        _ kind: ConversationKind,
        _ outcome: Outcome,
        _ origin: Origin
    ) -> TimelineEvent {
        let body: TimelineEvent.Body
        var messages: UInt64 = 0
        switch submission.request {
        case .postMessage(let post):
            body = outcome.body ?? .messagePosted(post)
            // What the other account is never told must not count as unread.
            messages = outcome.isWithheld ? 0 : 1
        case .act(let action): body = outcome.body ?? .acted(action)
        case .unknown: body = .unknown
        }
        // Wrapping, since the numbers may have come from a log that somebody tampered with.
        return TimelineEvent(
            origin: origin,
            conversation: id,
            kind: kind,
            seq: lastSeq &+ 1,
            messageCount: messageCount &+ messages,
            serverTime: now(submission),
            clientTime: submission.clientTime,
            sender: submission.sender,
            device: submission.device,
            submission: submission.id,
            body: body,
            memberChanges: outcome.memberChanges,
            messageSeq: outcome.messageSeq,
            isWithheld: outcome.isWithheld
        )
    }

    /// The time of the event that a submission would become.
    func now(_ submission: Submission) -> Timestamp { max(submission.serverTime, lastServerTime) }

    // MARK: Ids

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

    // MARK: Messages

    private func refusal(
        of post: MessagePost,
        _ submission: Submission,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        if let reason = refusal(ofPosting: post, submission) { return reason }
        let content: MessageContent
        do throws(MessageContent.Fault) {
            content = try MessageContent(checking: post.content)
        } catch {
            switch error {
            case .tooLong: return .messageTooLong
            case .invalid: return .invalidMessage
            case .unknown: return .unsupported
            }
        }
        guard post.mentions.count <= Limits.mentionsMax else { return .invalidMessage }
        let now = now(submission)
        if case .liveLocation(let end) = content,
            end <= now || end - now > Limits.liveLocationMax
        {
            return .invalidMessage
        }
        outcome.isWithheld = isWithheld(from: submission.sender)
        if settings.disappearAfterSeconds > 0 {
            var post = post
            post.expiresAt = now + .seconds(Int64(settings.disappearAfterSeconds))
            outcome.body = .messagePosted(post)
        } else if post.expiresAt != nil {
            var post = post
            post.expiresAt = nil
            outcome.body = .messagePosted(post)
        }
        return nil
    }

    private func refusal(ofPosting post: MessagePost, _ submission: Submission) -> RejectionReason?
    {
        if submission.kind == .direct {
            guard let recipient = post.recipient, recipient != submission.sender else {
                return .invalidRecipient
            }
            guard isBetween(submission.sender, recipient) else { return .invalidConversation }
            return blockers.contains(submission.sender) ? .blocked : nil
        }
        guard kind != nil else { return .conversationNotFound }
        guard let role = members.role(of: submission.sender) else { return .notAMember }
        guard post.recipient == nil else { return .invalidRecipient }
        return isAllowed(.post, role) ? nil : .notAllowed
    }

    /// Whether a role may; in a direct conversation both may what can be done there.
    func isAllowed(_ permission: Permission, _ role: Role) -> Bool {
        kind == .direct || role >= permission.lowestRole(settings)
    }

    /// Whether this is the direct conversation of the two; hashes only before the first event.
    func isBetween(_ one: AccountID, _ other: AccountID) -> Bool {
        guard members.count == 2 else {
            return id == ConversationID(directBetween: one, and: other)
        }
        return members.role(of: one) != nil && members.role(of: other) != nil && one != other
    }

    /// Whether nobody but the sender is told, because the other account has blocked him.
    func isWithheld(from sender: AccountID) -> Bool {
        kind == .direct && blockers.contains { $0 != sender }
    }
}
