import Crypto
import Events
import Stores

/// Adds up one conversation's rows and lines as they pass by, in writing and in verifying.
struct ConversationTally {
    private var first: ArchivedEvent?
    private var last: ArchivedEvent?
    private var count = 0
    private var counts = SeqCounts()
    private var hash = SHA256()
    /// The lines so far.
    private(set) var byteCount: Int64 = 0

    /// Whose rows these are; `nil` before the first.
    var conversation: ConversationID? { first?.conversation }

    /// Adds a row.
    ///
    /// - Throws: `ArchiveError` with the code `invalidRows` if it does not belong here: of another conversation, of a later day, or out of order.
    mutating func add(_ event: ArchivedEvent, on day: ArchiveDay) throws(ArchiveError) {
        // What reached the store late is archived with a later day.
        guard event.serverTime < day.times.upperBound else {
            throw ArchiveError(.invalidRows, "seq \(event.seq) is of a day after \(day)")
        }
        if let last {
            guard event.conversation == last.conversation, event.seq > last.seq,
                event.messageCount >= last.messageCount, event.serverTime >= last.serverTime
            else {
                throw ArchiveError(.invalidRows, "seq \(event.seq) does not follow \(last.seq)")
            }
        }
        first = first ?? event
        last = event
        count += 1
        counts.append(seq: event.seq, messageCount: event.messageCount)
    }

    /// Adds bytes of the entry.
    mutating func add(_ piece: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: piece)
        byteCount += Int64(piece.count)
    }

    /// What there is of the conversation, when its lines were added too; `nil` if there is nothing.
    var packed: PackedConversation? {
        packed(byteCount: byteCount, sha256: hash.finalize().hexadecimal)
    }

    /// What there is of the conversation, when somebody else has looked at its lines; `nil` if there is nothing.
    func packed(byteCount: Int64, sha256: String) -> PackedConversation? {
        guard let first, let last else { return nil }
        return PackedConversation(
            summary: ArchivedConversation(
                conversation: first.conversation,
                seqs: first.seq...last.seq,
                times: first.serverTime...last.serverTime,
                count: count,
                messageCounts: first.messageCount...last.messageCount,
                byteCount: byteCount,
                sha256: sha256
            ),
            counts: counts
        )
    }
}
