import Conversations
import Events
import Stores
import Web

/// One message, and what is found among all of them.
extension HistoryAPI {
    /// Answers `GET /v1/messages/{id}?conversation_id=`.
    func message(_ message: some StringProtocol, _ parameter: Parameters) throws -> [UInt8] {
        guard let id = SubmissionID(message) else { throw Problem.notFound }
        guard let conversation = try Self.conversation(parameter) else {
            throw Problem.invalidParameter("conversation_id")
        }
        guard let detail = try store.message(id, in: conversation, for: viewer) else {
            throw Problem.notFound
        }
        return HistoryJSON.message(detail)
    }

    /// Answers `GET /v1/messages/{id}/receipts?conversation_id=&cursor=&limit=`.
    func receipts(of message: some StringProtocol, _ parameter: Parameters) throws -> [UInt8] {
        guard let id = SubmissionID(message) else { throw Problem.notFound }
        let conversation = try Self.conversation(parameter)
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter) { AccountID($0) }
        return HistoryJSON.receipts(
            try store.receipts(
                of: id,
                in: conversation,
                for: viewer,
                after: cursor,
                limit: limit
            ).granted()
        )
    }

    /// Answers `GET /v1/search?q=&conversation_id=&before=&limit=`.
    func search(_ parameter: Parameters) throws -> [UInt8] {
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter, "before") { SearchCursor($0) }
        let conversation = try Self.conversation(parameter)
        guard let text = parameter("q") else { throw Problem.invalidParameter("q") }
        let query: SearchQuery
        do throws(SearchQuery.Fault) {
            query = try SearchQuery(text)
        } catch {
            throw Problem.invalidSearch(error)
        }
        let found = try store.search(
            query,
            in: conversation,
            for: viewer,
            before: cursor,
            limit: limit
        )
        guard let found else { throw Problem.notFound }
        return HistoryJSON.search(found, viewer.archived)
    }

    /// Answers `GET /v1/sync?since=&limit=`.
    func sync(_ parameter: Parameters) throws -> [UInt8] {
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter, "since") { SyncCursor($0) } ?? SyncCursor()
        return HistoryJSON.sync(try store.changes(for: viewer, from: cursor, limit: limit))
    }
}
