import Conversations
import Events

/// The entry that says what an archive has of each conversation.
enum ArchiveIndex {
    /// The entry's bytes.
    static func encode(_ conversations: [ArchivedConversation]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("conversations")
        writer.beginArray()
        for conversation in conversations {
            writer.beginObject()
            writer.field("entry", ArchiveFormat.entry(of: conversation.conversation))
            writer.field("first_seq", conversation.seqs.lowerBound)
            writer.field("last_seq", conversation.seqs.upperBound)
            writer.field("count", Int64(conversation.count))
            writer.field("first_message_count", conversation.messageCounts.lowerBound)
            writer.field("last_message_count", conversation.messageCounts.upperBound)
            writer.field("first_time", conversation.times.lowerBound.milliseconds)
            writer.field("last_time", conversation.times.upperBound.milliseconds)
            writer.field("bytes", conversation.byteCount)
            writer.field("sha256", conversation.sha256)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [0x0A]
    }

    /// Reads the entry's bytes: conversations in the order of their ids, so many at most.
    static func decode(
        _ bytes: [UInt8],
        conversationsMax: Int
    ) throws(ArchiveError) -> [ArchivedConversation] {
        guard bytes.last == 0x0A else { throw ArchiveError(.corrupt, "an index without an end") }
        var conversations: [ArchivedConversation] = []
        try bytes.dropLast().withUnsafeBufferPointer { bytes throws(ArchiveError) in
            var scanner = JSONScanner(UnsafeRawBufferPointer(bytes))
            try scanner.object { name, scanner throws(ArchiveError) in
                guard name == "conversations" else { return try scanner.skip() }
                try scanner.array { scanner throws(ArchiveError) in
                    let next = try conversation(&scanner)
                    guard conversations.count < conversationsMax,
                        conversations.last.map({ $0.conversation < next.conversation }) ?? true
                    else { throw ArchiveError(.corrupt, "an index out of order") }
                    conversations.append(next)
                }
            }
            try scanner.end()
        }
        return conversations
    }

    private static func conversation(
        _ scanner: inout JSONScanner
    ) throws(ArchiveError) -> ArchivedConversation {
        var conversation: ConversationID?
        var sha256: String?
        var numbers: [String: Int64] = [:]
        try scanner.object { name, scanner throws(ArchiveError) in
            switch name {
            case "entry":
                conversation = ArchiveFormat.conversation(ofEntry: try scanner.string())
            case "sha256": sha256 = try scanner.string()
            case "first_seq", "last_seq", "count", "first_message_count", "last_message_count",
                "first_time", "last_time", "bytes":
                numbers[name] = try scanner.integer()
            default: try scanner.skip()
            }
        }
        guard let conversation, let sha256,
            let seqs = range(numbers["first_seq"], numbers["last_seq"]),
            let messageCounts = range(
                numbers["first_message_count"],
                numbers["last_message_count"]
            ),
            let times = range(numbers["first_time"], numbers["last_time"]),
            let count = numbers["count"].flatMap({ Int(exactly: $0) }), count > 0,
            let byteCount = numbers["bytes"], byteCount > 0
        else { throw ArchiveError(.corrupt, "an index that says too little") }
        return ArchivedConversation(
            conversation: conversation,
            seqs: seqs,
            times: Timestamp(
                milliseconds: times.lowerBound
            )...Timestamp(milliseconds: times.upperBound),
            count: count,
            messageCounts: messageCounts,
            byteCount: byteCount,
            sha256: sha256
        )
    }

    private static func range(_ first: Int64?, _ last: Int64?) -> ClosedRange<Int64>? {
        guard let first, let last, first <= last else { return nil }
        return first...last
    }
}
