/// Checks which bytes of a blob are asked for.
enum BlobRange {
    /// Refuses what no blob can answer.
    static func check(_ range: Range<Int64>?) throws(BlobError) {
        guard let range else { return }
        guard range.lowerBound >= 0 else {
            throw BlobError(.invalid, "a range begins at 0 or later")
        }
        try check(length: range.upperBound - range.lowerBound)
    }

    /// The bytes to read of a blob of this size.
    static func resolve(_ range: Range<Int64>?, size: Int64) throws(BlobError) -> Range<Int64> {
        guard let range else {
            try check(length: size)
            return 0..<size
        }
        guard range.upperBound <= size else { throw beyondEnd(of: size) }
        return range
    }

    /// Refuses to read more at once than there should be in memory.
    static func check(length: Int64) throws(BlobError) {
        guard length <= BlobLimits.readBytesMax else { throw tooLong }
    }

    /// More than there should be in memory.
    static let tooLong = BlobError(
        .invalid,
        "more than \(BlobLimits.readBytesMax) bytes are too many for one read: ask for ranges"
    )

    /// A range goes on where the blob has ended.
    static func beyondEnd(of size: Int64?) -> BlobError {
        let end = size.map { ", which has \($0) bytes" } ?? ""
        return BlobError(.invalid, "the range goes beyond the end of the blob\(end)")
    }
}
