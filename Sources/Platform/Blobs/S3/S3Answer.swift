import NIOHTTP1

/// What an S3 server answered.
struct S3Answer: Sendable {
    /// The HTTP status.
    let status: Int
    private let headers: HTTPHeaders
    /// The body; of an answer that is no success, its beginning.
    let body: [UInt8]

    init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of `Content-Length`.
    var contentLength: Int64? { header("content-length").flatMap { Int64($0) } }

    /// Whether it says that all is well.
    var isSuccess: Bool { (200..<300).contains(status) }

    /// The value of a header.
    func header(_ name: String) -> String? { headers.first(name: name) }

    /// Reads the body as XML.
    ///
    /// - Throws: a failure that is worth another try.
    func xml() throws(S3Failure) -> XMLElement {
        do {
            return try XMLReader.root(of: body)
        } catch {
            throw S3Failure(.damaged, "the server's answer is not the XML of S3", isRepeated: true)
        }
    }
}
