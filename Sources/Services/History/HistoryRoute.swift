public import HTTPTypes

/// One call: where it is, and what answers it.
public struct HistoryRoute: Sendable {
    /// What answers a call: with the `{id}` of its path, if it has one, and the parameters of its query.
    typealias Body = @Sendable (HistoryAPI, String, HistoryAPI.Parameters) throws -> [UInt8]

    /// `GET`: nothing can be changed here.
    public let method = HTTPRequest.Method.get
    /// With `{id}` where something is named.
    public let path: String
    let body: Body

    init(_ path: String, _ body: @escaping Body) {
        self.path = path
        self.body = body
    }
}
