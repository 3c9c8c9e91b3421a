import Events
import Stores
import Web

/// What clients ask of history, without HTTP: parameters in, JSON or a problem out.
///
/// A conversation that the account is not in is `not_found`, as one that does not exist: who asks learns nothing.
struct HistoryAPI: Sendable {
    /// The parameters of a request's query, as they came.
    typealias Parameters = @Sendable (String) -> String?

    /// Asks the store; blocks.
    let store: any HotStoreReader

    /// Answers `GET /v1/conversations?cursor=&limit=`.
    func conversations(of account: AccountID, _ parameter: Parameters) throws -> [UInt8] {
        let limit = try Self.limit(parameter)
        var cursor: ConversationCursor?
        if let text = parameter("cursor") {
            cursor = ConversationCursor(text)
            guard cursor != nil else { throw Problem.invalidParameter("cursor") }
        }
        var summaries = try store.conversations(of: account, after: cursor, limit: limit + 1)
        let hasMore = summaries.count > limit
        if hasMore { summaries.removeLast() }
        var json = JSONWriter()
        json.beginObject()
        json.key("conversations")
        json.beginArray()
        for summary in summaries { HistoryJSON.append(summary, to: &json) }
        json.endArray()
        json.field("next_cursor", hasMore ? summaries.last?.cursor.description : nil)
        json.endObject()
        return json.bytes
    }

    /// Answers `GET /v1/conversations/{id}/events?before_seq=&after_seq=&limit=`.
    func events(
        in conversation: some StringProtocol,
        of account: AccountID,
        _ parameter: Parameters
    ) throws -> [UInt8] {
        guard let id = ConversationID(conversation) else { throw Problem.notFound }
        let before = try Self.seq(parameter, "before_seq")
        let after = try Self.seq(parameter, "after_seq")
        guard before == nil || after == nil else { throw Problem.invalidParameter("after_seq") }
        let start: PageRequest.Start =
            before.map { .before($0) } ?? after.map { .after($0) } ?? .newest
        let request = PageRequest(start, limit: try Self.limit(parameter))
        guard let page = try store.events(in: id, visibleTo: account, page: request) else {
            throw Problem.notFound
        }
        return HistoryJSON.page(page, of: id, isForwards: after != nil)
    }

    /// Answers `GET /v1/messages/{id}/receipts`.
    func receipts(of message: some StringProtocol, visibleTo account: AccountID) throws -> [UInt8] {
        guard let id = SubmissionID(message),
            let receipts = try store.receipts(of: id, visibleTo: account)
        else { throw Problem.notFound }
        return HistoryJSON.receipts(receipts)
    }

    private static func limit(_ parameter: Parameters) throws -> Int {
        guard let text = parameter("limit") else { return Limits.historyPageEvents }
        guard let limit = Int(text), (1...Limits.historyPageEventsMax).contains(limit) else {
            throw Problem.invalidParameter("limit")
        }
        return limit
    }

    private static func seq(_ parameter: Parameters, _ name: String) throws -> Int64? {
        guard let text = parameter(name) else { return nil }
        guard let seq = Int64(text), seq >= 0 else { throw Problem.invalidParameter(name) }
        return seq
    }
}
