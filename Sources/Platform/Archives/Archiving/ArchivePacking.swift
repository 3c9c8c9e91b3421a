import Events
import Stores

/// Reads conversations out of a store into an archive, as much as one takes.
struct ArchivePacking {
    let store: any ArchiverStore
    let settings: ArchiverSettings
    let day: ArchiveDay
    /// The conversation that is read.
    private(set) var current: ConversationID?

    init(store: any ArchiverStore, settings: ArchiverSettings, day: ArchiveDay) {
        self.store = store
        self.settings = settings
        self.day = day
    }

    /// Packs them, in the order of their ids; `nil` if there is nothing.
    mutating func pack(
        _ conversations: [ArchivableConversation],
        into writer: ArchiveWriter
    ) throws -> PackedArchive? {
        var count = 0
        for conversation in conversations where writer.lineBytes < settings.bytesMax {
            current = conversation.conversation
            count += try pack(conversation, into: writer)
        }
        // From here on it is about all of them.
        current = nil
        return count > 0 ? try writer.finish() : nil
    }

    private func pack(
        _ conversation: ArchivableConversation,
        into writer: ArchiveWriter
    ) throws -> Int {
        let bytesMax = writer.lineBytes + settings.bytesPerConversationMax
        var seq = conversation.archivedSeq
        var count = 0
        while count < settings.eventsPerConversationMax, writer.lineBytes < bytesMax {
            try Task.checkCancellation()
            let rows = try store.archivableRows(
                of: conversation.conversation,
                after: seq,
                before: day.times.upperBound,
                limit: settings.rowsPerStep
            )
            try writer.append(rows)
            count += rows.count
            guard rows.count == settings.rowsPerStep,
                let last = rows.last.flatMap({ ArchivedEvent($0) })
            else { break }
            seq = last.seq
        }
        guard count > 0 else {
            throw ArchiveError(.invalidRows, "no events where there should be some")
        }
        return count
    }
}
