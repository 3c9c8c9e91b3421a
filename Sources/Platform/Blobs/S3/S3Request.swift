import NIOHTTP1

/// A request to an S3 server, before it is signed.
struct S3Request: Sendable {
    /// What is done.
    var method: HTTPMethod
    /// The path, not escaped; begins with `/`.
    var path: String
    /// Names and values of the query, not escaped, in any order.
    var query: [(name: String, value: String)] = []
    /// Headers besides those that signing adds; names in lower case.
    var headers: [(name: String, value: String)] = []
    /// The body.
    var body: [UInt8] = []

    /// The query as it is signed and sent: escaped, sorted, `=` always there.
    var canonicalQuery: String {
        query.map { (PercentEncoding.escape($0.name), PercentEncoding.escape($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
    }

    /// Path and query as they are signed and sent.
    var target: String {
        let path = PercentEncoding.escape(path, isPath: true)
        return query.isEmpty ? path : "\(path)?\(canonicalQuery)"
    }
}
