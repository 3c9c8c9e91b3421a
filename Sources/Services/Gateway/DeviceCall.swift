import Conversations
import Events
import Foundation
import Hummingbird
import Ingest
import Web

/// A call of a registered device: what it brings, and the reading of it.
protocol DeviceCall: Sendable {
    /// Who calls.
    var identity: Identity { get }
    var body: JSONObject { get }
    /// What the path names.
    var parameters: Parameters { get }
    var query: Parameters { get }
    /// Reads how clients name accounts.
    var names: DirectoryNames { get }
}

extension DeviceCall {
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

    /// The account `{account}`: an id, or a phone number or an e-mail address, percent-encoded.
    func account() throws(Problem) -> AccountID {
        try account(parameter("account").removingPercentEncoding)
    }

    func parameter(_ name: String) -> String { parameters.get(name) ?? "" }

    // MARK: The query and the body

    /// The conversation that the query names.
    func conversationOfQuery() throws(Problem) -> ConversationID {
        guard let id = query.get("conversation_id").flatMap({ ConversationID($0) }) else {
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

    func account(_ text: String?) throws(Problem) -> AccountID {
        guard let account = text.flatMap({ names.account($0) }) else {
            throw Problem(.invalidAccount, "an account is named by one of \(DirectoryNames.forms)")
        }
        return account
    }
}

extension DirectoryNames {
    /// The ways in which clients name accounts, in words.
    static let forms = "accounts' ids, phone numbers with their country codes, e-mail addresses"
}

extension Problem {
    /// What the path names can't exist.
    static let notFound = Problem(.notFound, "there is no such thing")
}
