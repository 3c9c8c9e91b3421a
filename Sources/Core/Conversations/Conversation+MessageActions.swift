public import Events

extension Conversation {
    /// Why an action to a message is refused.
    func refusal(
        of action: ConversationAction,
        to message: PostedMessage?,
        by sender: AccountID,
        _ member: ConversationMembers.Member,
        _ role: Role,
        _ submission: Submission,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        if case .pin(let id, isPinned: false) = action {
            return refusal(ofUnpinning: id, message, role, &outcome)
        }
        let now = now(submission)
        guard let message, !message.isDeleted, member.sees(message.seq),
            message.expiresAt.map({ now < $0 }) ?? true,
            !message.isWithheld || message.author == sender
        else { return .messageNotFound }
        outcome.messageSeq = message.seq
        // What was never told stays untold, whatever is done to it.
        outcome.isWithheld = outcome.isWithheld || message.isWithheld
        switch action {
        case .editMessage(_, let content):
            return refusal(ofEditing: message, content, by: sender, role, now)
        case .deleteMessage:
            return refusal(ofDeleting: message, by: sender, role, now)
        case .react(_, let emoji):
            guard isAllowed(.react, role) else { return .notAllowed }
            return Self.isReaction(emoji) ? nil : .invalidReaction
        case .pin(let id, _):
            guard isAllowed(.pin, role) else { return .notAllowed }
            if pins.contains(id) { return .noChange }
            return pins.count < Limits.pinsMax ? nil : .tooMany
        case .vote(_, let options):
            guard isAllowed(.react, role) else { return .notAllowed }
            return refusal(ofVoting: options, message)
        case .moveLiveLocation(_, let location):
            guard message.author == sender, isAllowed(.post, role) else { return .notAllowed }
            guard case .liveLocation(let end) = message.form, now < end else { return .tooLate }
            return MessageContent.isLocation(location) ? nil : .invalidMessage
        default:
            return .unsupported
        }
    }

    /// Whether it is one character, so that reactions are no way to write without being allowed to.
    private static func isReaction(_ emoji: String) -> Bool {
        emoji.utf8.count <= Limits.reactionBytesMax && emoji.count <= 1
    }

    /// A message that is gone, or that the member does not see, can still be unpinned: pins must not run out.
    private func refusal(
        ofUnpinning id: SubmissionID,
        _ message: PostedMessage?,
        _ role: Role,
        _ outcome: inout Outcome
    ) -> RejectionReason? {
        guard isAllowed(.pin, role) else { return .notAllowed }
        outcome.messageSeq = message?.seq ?? 0
        return pins.contains(id) ? nil : .noChange
    }

    /// Whoever edits says something new, so he must be allowed to post.
    private func refusal(
        ofEditing message: PostedMessage,
        _ content: ArraySlice<UInt8>,
        by sender: AccountID,
        _ role: Role,
        _ now: Timestamp
    ) -> RejectionReason? {
        guard message.author == sender, message.form == .text, isAllowed(.post, role) else {
            return .notAllowed
        }
        guard now - message.serverTime <= Limits.editAgeMax else { return .tooLate }
        do throws(MessageContent.Fault) {
            guard case .text = try MessageContent(checking: content) else { return .invalidMessage }
            return nil
        } catch {
            return error == .tooLong ? .messageTooLong : .invalidMessage
        }
    }

    private func refusal(
        ofDeleting message: PostedMessage,
        by sender: AccountID,
        _ role: Role,
        _ now: Timestamp
    ) -> RejectionReason? {
        let isOwn = message.author == sender
        guard isOwn || kind != .direct && isAllowed(.deleteOthersMessages, role) else {
            return .notAllowed
        }
        return now - message.serverTime <= Limits.deletionAgeMax ? nil : .tooLate
    }

    private func refusal(
        ofVoting options: [UInt32],
        _ message: PostedMessage
    ) -> RejectionReason? {
        guard case .poll(let count, let isMultiple) = message.form else { return .invalidReaction }
        guard options.allSatisfy({ $0 < count }), Set(options).count == options.count,
            isMultiple || options.count <= 1
        else { return .invalidReaction }
        return nil
    }
}

extension ConversationAction {
    /// The message that it is about, if it is about one.
    public var message: SubmissionID? {
        switch self {
        case .editMessage(let id, _), .deleteMessage(let id), .react(let id, _), .pin(let id, _),
            .vote(let id, _), .moveLiveLocation(let id, _):
            id
        default: nil
        }
    }

    /// Whether it can be done in a direct conversation, by members.
    var isForTwo: Bool {
        if case .setSettings = self { return true }
        return message != nil
    }
}
