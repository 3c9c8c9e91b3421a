/// What a client program is to do; each command takes those that it needs.
struct ClientOptions: Encodable, Sendable {
    /// A topic to make.
    struct Topic: Encodable, Sendable {
        let name: String
        let partitions: Int
    }

    var brokers = ""
    var topics: [Topic]?
    var topic: String?

    // Producing: record `i` goes to partition `i % partitions` with the timestamp `timestamp + i`.
    var first = 0
    var count = 0
    var partitions = 1
    var timestamp = SampleRecord.timestamp
    var idempotent = true
    var compression = "none"
    var settings: [String: String] = [:]

    // Groups.
    var group: String?
    var name: String?
    var sessionMs = 6000
    var assignor = "range"

    // Positions.
    var timestamps: [Int64] = []
    var offsets: [Int64] = []

    // Long polls.
    var busy: String?
    var quiet: String?
    var waitMs = 5000

    // Samples.
    var seed: UInt32 = 0
}
