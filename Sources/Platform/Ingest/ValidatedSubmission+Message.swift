import Conversations
import Events
import Web

extension ValidatedSubmission {
    /// Checks a message.
    ///
    /// - Throws: `Problem`, for the first thing that is wrong.
    init(
        _ request: MessageRequest,
        from sender: AccountID,
        at now: Timestamp,
        names: DirectoryNames,
        makeID: () -> SubmissionID
    ) throws(Problem) {
        var post = MessagePost(content: try Self.content(request, at: now))
        let conversation: ConversationID
        switch (request.recipient, request.recipientGroup) {
        case (let text?, nil):
            let recipient = try Self.recipient(text, sender, names)
            post.recipient = recipient
            conversation = ConversationID(directBetween: sender, and: recipient)
        case (nil, let text?):
            guard let id = ConversationID(text) else {
                throw Problem(.invalidRecipient, "recipient_group is a conversation's id")
            }
            conversation = id
        default:
            throw Problem(
                .invalidRecipient,
                "exactly one of recipient and recipient_group is needed"
            )
        }
        post.replyTo = try request.replyTo.map { text throws(Problem) in
            guard let id = SubmissionID(text) else {
                throw Problem(.invalidMessage, "reply_to is a message's id")
            }
            return id
        }
        post.mentions = try Self.mentions(request.mentions)
        post.isForwarded = request.isForwarded
        self.init(
            try SubmissionHead(
                id: request.id,
                clientTimestamp: request.clientTimestamp,
                at: now,
                makeID: makeID
            ),
            conversation: conversation,
            kind: post.recipient == nil ? nil : .direct,
            request: .postMessage(post)
        )
    }

    private static func content(
        _ request: MessageRequest,
        at now: Timestamp
    ) throws(Problem) -> ArraySlice<UInt8> {
        guard request.message == nil, let content = request.content else {
            return try ContentJSON.text(request.message)
        }
        return try ContentJSON.encoded(content, at: now)
    }

    private static func recipient(
        _ text: String,
        _ sender: AccountID,
        _ names: DirectoryNames
    ) throws(Problem) -> AccountID {
        guard let recipient = names.account(text) else {
            throw Problem(
                .invalidRecipient,
                "recipient is an account's id, a phone number with its country code, or an e-mail address"
            )
        }
        guard recipient != sender else {
            throw Problem(.invalidRecipient, "a message to oneself is not possible")
        }
        return recipient
    }

    private static func mentions(_ texts: [String]) throws(Problem) -> [AccountID] {
        guard texts.count <= Limits.mentionsMax else {
            throw Problem(.invalidMessage, "a message mentions at most 64 accounts")
        }
        var accounts: [AccountID] = []
        for text in texts {
            guard let account = AccountID(text) else {
                throw Problem(.invalidMessage, "mentions are accounts' ids")
            }
            accounts.append(account)
        }
        return accounts
    }
}
