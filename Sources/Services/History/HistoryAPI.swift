import Conversations
import Events
import Stores
import Web

/// What clients ask of history, without HTTP: parameters in, JSON or a problem out.
///
/// A conversation that the account has never been in is `not_found`, as one that does not exist: who asks learns nothing.
struct HistoryAPI: Sendable {
    /// The parameters of a request's query, as they came.
    typealias Parameters = @Sendable (String) -> String?

    /// Asks the store; blocks.
    let store: any HotStoreReader
    /// Who asks.
    let viewer: Viewer

    /// Answers a call; who may not ask at all learns nothing of what was wrong with the question.
    func answer<Answer>(_ body: () throws -> Answer) throws -> Answer {
        do {
            return try body()
        } catch let problem as Problem {
            try store.admit(viewer)
            throw problem
        }
    }

    /// Answers `GET /v1/conversations?cursor=&limit=`.
    func conversations(_ parameter: Parameters) throws -> HistoryAnswer {
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter) { ConversationCursor($0) }
        var summaries = try store.conversations(for: viewer, after: cursor, limit: limit + 1)
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
        return HistoryAnswer(
            json.bytes,
            showing: summaries.compactMap(\.lastEvent),
            viewer.archived
        )
    }

    /// Answers `GET /v1/conversations/{id}`.
    func conversation(_ id: some StringProtocol) throws -> [UInt8] {
        guard let id = ConversationID(id), let detail = try store.conversation(id, for: viewer)
        else { throw Problem.notFound }
        return HistoryJSON.conversation(detail)
    }

    /// Answers `GET /v1/conversations/{id}/events?before_seq=&after_seq=&limit=`.
    func events(
        in conversation: some StringProtocol,
        _ parameter: Parameters
    ) throws -> HistoryAnswer {
        guard let id = ConversationID(conversation) else { throw Problem.notFound }
        let before = try Self.seq(parameter, "before_seq")
        let after = try Self.seq(parameter, "after_seq")
        guard before == nil || after == nil else { throw Problem.invalidParameter("after_seq") }
        let start: PageRequest.Start =
            before.map { .before($0) } ?? after.map { .after($0) } ?? .newest
        let request = PageRequest(start, limit: try Self.limit(parameter))
        guard let page = try store.events(in: id, for: viewer, page: request) else {
            throw Problem.notFound
        }
        let json = HistoryJSON.page(page, of: id, isForwards: after != nil)
        return HistoryAnswer(json, showing: page.events, viewer.archived)
    }

    /// Answers `GET /v1/conversations/{id}/members?cursor=&limit=`.
    func members(of conversation: some StringProtocol, _ parameter: Parameters) throws -> [UInt8] {
        guard let id = ConversationID(conversation) else { throw Problem.notFound }
        let limit = try Self.limit(parameter)
        let cursor = try Self.cursor(parameter) { MemberCursor($0) }
        let page = try store.members(of: id, for: viewer, after: cursor, limit: limit).granted()
        return HistoryJSON.members(page, of: id)
    }

    /// Answers `GET /v1/conversations/{id}/invites`.
    func invites(to conversation: some StringProtocol) throws -> [UInt8] {
        guard let id = ConversationID(conversation) else { throw Problem.notFound }
        return HistoryJSON.invites(try store.invites(to: id, for: viewer).granted(), to: id)
    }

    /// Answers `GET /v1/invites/{token}`.
    func preview(of token: some StringProtocol) throws -> [UInt8] {
        guard let token = InviteToken(token),
            let preview = try store.preview(of: token, for: viewer)
        else { throw Problem.noInvite }
        return HistoryJSON.preview(preview)
    }
}

extension StoreAnswer {
    /// The answer, or the problem that there is none.
    func granted() throws(Problem) -> Value {
        switch self {
        case .granted(let value): return value
        case .notFound: throw .notFound
        case .notAMember: throw .notAMember
        case .notAllowed: throw .notAllowed
        }
    }
}
