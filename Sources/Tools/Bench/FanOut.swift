import Conversations
import EventLog
import Events
import LogTail

/// The inbox topic, as much of it as is needed to count what posts cost.
struct InboxLog: Sendable {
    /// Where its partitions end now.
    var ends: @Sendable () async throws -> [TopicPartition: Offset]
    /// Calls `body` with all that lies between these places and the present ends.
    var read:
        @Sendable ([TopicPartition: Offset], @escaping @Sendable ([LogRecord]) -> FanOut)
            async throws -> FanOut

    /// The inbox of this log.
    static func log(_ configuration: EventLogConfiguration) -> InboxLog {
        InboxLog(
            ends: {
                try await LogReader.onThread {
                    let admin = try LogAdmin(configuration, logger: .quiet)
                    defer { admin.close() }
                    let count = try admin.topics()[Topic.inbox.name] ?? 0
                    var ends: [TopicPartition: Offset] = [:]
                    for number in 0..<Int32(count) {
                        let partition = TopicPartition(.inbox, Partition(number))
                        ends[partition] = try admin.watermarks(of: partition).high
                    }
                    return ends
                }
            },
            read: { starts, count in
                try await LogReader.onThread {
                    var total = FanOut()
                    try LogReader.readToEnd(
                        configuration,
                        start: starts.mapValues { .offset($0) },
                        logger: .quiet
                    ) { total.add(count($0)) }
                    return total
                }
            }
        )
    }
}

/// How many inbox records came of each post in some conversations.
struct FanOut: Sendable, Equatable {
    private var counts: [Origin: Int] = [:]

    /// Posts of which there is at least one record.
    var posts: Int { counts.count }
    /// Records of all posts.
    var records: Int { counts.values.reduce(0, +) }
    /// Records of the post that made the most.
    var most: Int { counts.values.max() ?? 0 }

    /// Counts what some records of the inbox say of posts in these conversations.
    static func count(_ records: [LogRecord], in conversations: Set<ConversationID>) -> FanOut {
        var fanOut = FanOut()
        for record in records {
            guard let value = record.value, let (origin, conversation) = try? post(value),
                conversations.contains(conversation)
            else { continue }
            fanOut.counts[origin.indexed(0), default: 0] += 1
        }
        return fanOut
    }

    /// Adds others.
    mutating func add(_ other: FanOut) {
        counts.merge(other.counts, uniquingKeysWith: +)
    }

    /// The origin and the conversation of a record that tells of a message; `nil`: it tells of something else.
    private static func post(
        _ value: [UInt8]
    ) throws(ProtobufReader.Fault) -> (Origin, ConversationID)? {
        var origin: Origin?
        var conversation: ConversationID?
        var isMessage = false
        var reader = ProtobufReader(value[...])
        while let tag = try reader.next() {
            switch tag.field {
            case 1: origin = try reader.origin(tag)
            case 2:
                var event = ProtobufReader(try reader.slice(tag))
                while let tag = try event.next() {
                    switch tag.field {
                    case 2: conversation = try event.identifier(tag)
                    case 16:
                        isMessage = true
                        try event.skip(tag)
                    default: try event.skip(tag)
                    }
                }
            default: try reader.skip(tag)
            }
        }
        guard isMessage, let origin, let conversation else { return nil }
        return (origin, conversation)
    }
}
