import Conversations
import Events
import Stores
import Web

/// What an account has set for itself, and who waits for or is banned from a conversation.
extension HistoryAPI {
    /// Answers `GET /v1/starred?before=&limit=`.
    func starred(_ parameter: Parameters) throws -> [UInt8] {
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter, "before") { StarCursor($0) }
        return HistoryJSON.starred(try store.starred(for: viewer, before: cursor, limit: limit))
    }

    /// Answers `GET /v1/privacy`.
    func privacy() throws -> [UInt8] { HistoryJSON.privacy(try store.privacy(of: viewer)) }

    /// Answers `GET /v1/contacts?cursor=&limit=`.
    func contacts(_ parameter: Parameters) throws -> [UInt8] {
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter) { AccountID($0) }
        return HistoryJSON.contacts(try store.contacts(of: viewer, after: cursor, limit: limit))
    }

    /// Answers `GET /v1/devices`.
    func devices() throws -> [UInt8] { HistoryJSON.devices(try store.devices(of: viewer)) }

    /// Answers `GET /v1/conversations/{id}/requests?cursor=&limit=`.
    func requests(to conversation: some StringProtocol, _ parameter: Parameters) throws -> [UInt8] {
        guard let id = ConversationID(conversation) else { throw Problem.notFound }
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter) { AccountID($0) }
        let page = try store.joinRequests(to: id, for: viewer, after: cursor, limit: limit)
        return HistoryJSON.requests(try page.granted(), to: id)
    }

    /// Answers `GET /v1/conversations/{id}/bans?cursor=&limit=`.
    func bans(from conversation: some StringProtocol, _ parameter: Parameters) throws -> [UInt8] {
        guard let id = ConversationID(conversation) else { throw Problem.notFound }
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter) { AccountID($0) }
        let page = try store.bans(from: id, for: viewer, after: cursor, limit: limit)
        return HistoryJSON.bans(try page.granted(), from: id)
    }
}
