/// A line of `log-tail --json` or `martlet dead-letters list --json`, as far as tests look at it.
struct OperatorRecord: Decodable, Sendable {
    let topic: String
    let partition: Int32
    let offset: Int64
    /// When it was written, in milliseconds since 1970 UTC.
    let timestamp: Int64
    let kind: String
    let conversationID: String?
    let submissionID: String?
    let seq: Int64?
    let origin: String?
    let consumer: String?
    let code: String?
    let bytes: Int?

    private enum CodingKeys: String, CodingKey {
        case topic, partition, offset, timestamp, kind, seq, origin, consumer, code, bytes
        case conversationID = "conversation_id"
        case submissionID = "submission_id"
    }

    /// Where it stands, as an origin names it.
    var place: String { "\(topic)/\(partition)@\(offset)" }

    /// Which event of the timeline it is.
    var event: String { "\(conversationID ?? "?") \(seq ?? 0)" }
}
