public import Conversations
public import Crypto
public import Events

/// What follows from the installation's directory key: accounts from the ways in which clients name them, and secrets of invites.
public struct DirectoryNames: Sendable {
    private let key: SymmetricKey

    /// Names under this key.
    public init(directoryKey: SymmetricKey) {
        key = directoryKey
    }

    /// The account of an account id, a phone number with its country code or an e-mail address; `nil` if the text is none of these.
    public func account(_ text: String) -> AccountID? {
        // Longer than any address, and not worth a look.
        guard text.utf8.count <= 320 else { return nil }
        if text.utf8.count == 26, let account = AccountID(text) { return account }
        return AccountAddress(parsing: text).map { self.account(of: $0) }
    }

    /// The account of an address.
    public func account(of address: AccountAddress) -> AccountID {
        AccountID(address: address, directoryKey: key)
    }

    /// The secret of the invite that a submission makes: without the key as good as random, and the same whenever the submission is repeated.
    ///
    /// The first half of HMAC-SHA256 of `invite:` and the ids of account, conversation and submission.
    public func inviteSecret(
        of submission: SubmissionID,
        by account: AccountID,
        in conversation: ConversationID
    ) -> InviteSecret {
        var code = HMAC<SHA256>(key: key)
        // No address begins like that, so no account's id is a secret.
        code.update(data: Array("invite:".utf8))
        code.update(data: account.bytes + conversation.bytes + submission.bytes)
        let bytes = code.finalize().prefix(16).map { UInt64($0) }
        return InviteSecret(
            high: bytes[..<8].reduce(0) { $0 << 8 | $1 },
            low: bytes[8...].reduce(0) { $0 << 8 | $1 }
        )
    }
}
