public import HTTPTypes

/// One call: where it is, and what answers it.
public struct HistoryRoute: Sendable {
    /// What answers a call in JSON: with the `{id}` of its path, if it has one, and the parameters of its query.
    typealias Body = @Sendable (HistoryAPI, String, HistoryAPI.Parameters) throws -> [UInt8]

    /// The same, for what is dearer to make than to find again.
    typealias KeptBody =
        @Sendable (HistoryAPI, String, HistoryAPI.Parameters) throws ->
        HistoryAnswer

    /// How a call is answered.
    enum Answer: Sendable {
        /// In JSON, with one question to the store.
        case json(Body)
        /// The same; what was answered before is given again while it is what the store would say.
        case kept(KeptBody)
        /// With all of the account's data.
        case export
    }

    /// `GET`: nothing can be changed here.
    public let method = HTTPRequest.Method.get
    /// With `{id}` where something is named.
    public let path: String
    let answer: Answer

    init(_ path: String, _ answer: Answer) {
        self.path = path
        self.answer = answer
    }

    init(_ path: String, _ body: @escaping Body) {
        self.init(path, .json(body))
    }
}
