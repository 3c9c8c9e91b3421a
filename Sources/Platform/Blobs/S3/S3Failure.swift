/// Why a request to an S3 server failed, and whether it is made again.
struct S3Failure: Error, Sendable {
    /// What the caller is told.
    let error: BlobError
    /// Whether the same request may succeed in a moment.
    let isRepeated: Bool
    /// How long the server asks to be left alone.
    let retryAfter: Duration?

    /// A failure of its parts.
    init(
        _ code: BlobError.Code,
        _ message: String,
        isRepeated: Bool = false,
        retryAfter: Duration? = nil
    ) {
        error = BlobError(code, message)
        self.isRepeated = isRepeated
        self.retryAfter = retryAfter
    }

    /// Passes an error on.
    init(_ error: BlobError, isRepeated: Bool = false) {
        self.error = error
        self.isRepeated = isRepeated
        retryAfter = nil
    }

    /// What an answer that is no success says.
    init(_ answer: S3Answer) {
        let root = try? XMLReader.root(of: answer.body)
        let word = root.flatMap { $0.name == "Error" ? $0["Code"]?.text : nil }
        let seconds = answer.header("retry-after").flatMap { Int64($0) }
        self.init(
            status: answer.status,
            word: word,
            retryAfter: seconds.flatMap { $0 >= 0 ? .seconds($0) : nil },
            region: answer.header("x-amz-bucket-region")
        )
    }

    /// What a status and the server's word for it mean.
    init(status: Int, word: String?, retryAfter: Duration? = nil, region: String? = nil) {
        let word = word.flatMap { Self.isWord($0) ? $0 : nil }
        let said = "the S3 server answered \(status)" + (word.map { " \($0)" } ?? "")
        let code: BlobError.Code
        var message = said
        var isRepeated = false
        switch (word, status) {
        case ("NoSuchKey", _):
            (code, message) = (.notFound, Self.noBlob.message)
        case ("NoSuchUpload", _):
            (code, message) = (.uploadLost, "the S3 server does not know the upload")
        case ("NoSuchBucket", _):
            (code, message) = (.invalid, "there is no such bucket")
        case ("InvalidRange", _), (_, 416):
            (code, message) = (.invalid, BlobRange.beyondEnd(of: nil).message)
        case ("RequestTimeTooSkewed", _):
            code = .refused
            message = "\(said): this machine's clock differs too much from the server's; set it"
        case ("BadDigest", _), ("XAmzContentSHA256Mismatch", _), ("IncompleteBody", _):
            (code, isRepeated) = (.damaged, true)
        case ("QuotaExceeded", _), ("XMinioStorageFull", _), (_, 507):
            code = .full
        case ("SlowDown", _), ("RequestTimeout", _), ("InternalError", _),
            ("ServiceUnavailable", _), ("OperationAborted", _), (_, 429), (_, 500), (_, 502),
            (_, 503), (_, 504):
            (code, isRepeated) = (.unavailable, true)
        case (_, 401), (_, 403), ("ExpiredToken", _), ("InvalidToken", _):
            code = .refused
        case (_, 301), (_, 307), ("AuthorizationHeaderMalformed", _), ("PermanentRedirect", _):
            code = .invalid
            let place = region.flatMap { Self.isWord($0) ? " \($0)" : nil } ?? ""
            message = "\(said): the bucket is in another region\(place); set region="
        case (_, 404):
            // The answer to `HEAD` never says what is missing, and what stands before the server may answer for it.
            code = .missing
        default:
            code = .invalid
        }
        self.init(code, message, isRepeated: isRepeated, retryAfter: retryAfter)
    }

    /// The server is there, and the blob is not.
    static let noBlob = BlobError(.notFound, "there is no such blob")

    /// Whether a text of the server's is short and harmless enough to be shown.
    private static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}
