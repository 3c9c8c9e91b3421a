import Conversations
import Events
import Foundation
import Hummingbird
import Ingest
import Web

/// A call that puts something to the router: what it brings, and the reading of it.
///
/// What is read is checked for shape and limits alone; whether it may be done is for the router to say.
struct ActionCall: Sendable {
    let identity: Identity
    let head: SubmissionHead
    let body: JSONObject
    /// What the path names.
    let parameters: Parameters
    /// `conversation_id` of the query.
    let queryConversation: String?
    let names: DirectoryNames
    let now: Timestamp

    // MARK: The path

    /// The conversation `{id}`.
    func conversation() throws(Problem) -> ConversationID {
        guard let id = ConversationID(parameter("id")) else { throw .notFound }
        return id
    }

    /// The message `{id}`.
    func message() throws(Problem) -> SubmissionID {
        guard let id = SubmissionID(parameter("id")) else { throw .notFound }
        return id
    }

    /// The invite `{token}`.
    func token() throws(Problem) -> InviteToken {
        guard let token = InviteToken(parameter("token")) else { throw .notFound }
        return token
    }

    /// The account `{account}`: an id, or a phone number or an e-mail address, percent-encoded.
    func account() throws(Problem) -> AccountID {
        try account(parameter("account").removingPercentEncoding)
    }

    private func parameter(_ name: String) -> String { parameters.get(name) ?? "" }

    // MARK: The query and the body

    /// The conversation that the query names.
    func conversationOfQuery() throws(Problem) -> ConversationID {
        guard let id = queryConversation.flatMap({ ConversationID($0) }) else {
            throw Problem(.invalidParameter, "conversation_id is a conversation's id")
        }
        return id
    }

    /// The conversation that the body names.
    func conversationOfBody() throws(Problem) -> ConversationID {
        guard let id = try body.string("conversation_id").flatMap({ ConversationID($0) }) else {
            throw Problem(.invalidField, "conversation_id is a conversation's id")
        }
        return id
    }

    /// The account that the body names.
    func accountOfBody() throws(Problem) -> AccountID {
        try account(body.string("account", or: .invalidAccount))
    }

    /// The accounts that a member of the body names, each once; none if it is not there.
    func accounts(_ member: String) throws(Problem) -> [AccountID] {
        let texts = try body.strings(member, or: .invalidMembers) ?? []
        guard texts.count <= Limits.membersPerRequestMax else {
            throw Problem(.invalidMembers, "\(member) are at most 256 accounts")
        }
        var accounts: [AccountID] = []
        var seen: Set<AccountID> = []
        for text in texts {
            guard let account = names.account(text) else {
                throw Problem(.invalidMembers, "\(member) are \(Self.accountForms)")
            }
            guard seen.insert(account).inserted else {
                throw Problem(.invalidMembers, "\(member) name an account twice")
            }
            accounts.append(account)
        }
        return accounts
    }

    private func account(_ text: String?) throws(Problem) -> AccountID {
        guard let account = text.flatMap({ names.account($0) }) else {
            throw Problem(.invalidAccount, "an account is named by one of \(Self.accountForms)")
        }
        return account
    }

    private static let accountForms =
        "accounts' ids, phone numbers with their country codes, e-mail addresses"
}

extension Problem {
    /// What the path names can't exist.
    static let notFound = Problem(.notFound, "there is no such thing")
}
