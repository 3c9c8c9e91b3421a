/// Checks that an answer to `GET` is all that was asked for.
enum S3Body {
    /// The server does not do ranges, or lies about them.
    static let anotherRange = BlobError(.damaged, "the S3 server answered with another range")

    /// The bytes of the answer.
    ///
    /// - Throws: a failure that is worth another try, if it is short or another range; `invalid` if the blob ends before the range.
    static func bytes(
        of answer: S3Answer,
        _ range: Range<Int64>?
    ) throws(S3Failure) -> [UInt8] {
        guard let range else {
            guard answer.status == 200 else {
                throw damaged("answered \(answer.status) to a read of all")
            }
            // Without either, the end of the connection would pass for the end of the blob.
            guard
                answer.contentLength == Int64(answer.body.count)
                    || answer.header("transfer-encoding") != nil
            else { throw damaged("sent another number of bytes than it named") }
            return answer.body
        }
        guard answer.status == 206,
            let came = answer.header("content-range").flatMap(ContentRange.init)
        else { throw S3Failure(Self.anotherRange, isRepeated: true) }
        if let size = came.size, size < range.upperBound,
            came.range == range.lowerBound..<size
        {
            throw S3Failure(BlobRange.beyondEnd(of: size))
        }
        guard came.range == range, answer.body.count == range.count else {
            throw S3Failure(Self.anotherRange, isRepeated: true)
        }
        return answer.body
    }

    private static func damaged(_ what: String) -> S3Failure {
        S3Failure(.damaged, "the S3 server \(what)", isRepeated: true)
    }
}
