import Events
import Web

extension HistoryAPI {
    static func limit(_ parameter: Parameters) throws -> Int {
        guard let text = parameter("limit") else { return Limits.historyPageEvents }
        guard let limit = Int(text), (1...Limits.historyPageEventsMax).contains(limit) else {
            throw Problem.invalidParameter("limit")
        }
        return limit
    }

    static func cursor<Cursor>(
        _ parameter: Parameters,
        _ name: String = "cursor",
        _ read: (String) -> Cursor?
    ) throws -> Cursor? {
        guard let text = parameter(name) else { return nil }
        guard let cursor = read(text) else { throw Problem.invalidParameter(name) }
        return cursor
    }

    /// The conversation that a call names beside its path; `nil`: none.
    static func conversation(_ parameter: Parameters) throws -> ConversationID? {
        try cursor(parameter, "conversation_id") { ConversationID($0) }
    }

    static func seq(_ parameter: Parameters, _ name: String) throws -> Int64? {
        guard let text = parameter(name) else { return nil }
        guard let seq = Int64(text), seq >= 0 else { throw Problem.invalidParameter(name) }
        return seq
    }
}
