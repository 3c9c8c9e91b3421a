import Conversations
import Events
import Stores
import Synchronization

@testable import History

/// Archives in memory, of which some can be made unreadable.
final class ColdLibrary: ColdSource {
    private struct State {
        var rows: [String: [StoreRow]] = [:]
        var unreadable: [String: MissingEvents.Reason] = [:]
        var fetches: [[ArchivedPart]] = []
    }

    private let state = Mutex(State())

    /// What was fetched, a list of parts each time.
    var fetches: [[ArchivedPart]] { state.withLock { $0.fetches } }
    /// The archives that there are.
    var archives: [String] { state.withLock { $0.rows.keys.sorted() } }

    func forgetFetches() { state.withLock { $0.fetches = [] } }

    func fetch(_ parts: [ArchivedPart], bytesMax: Int) async -> ArchivedParts {
        state.withLock { state in
            state.fetches.append(parts)
            var found = ArchivedParts()
            for part in parts {
                if let reason = state.unreadable[part.archive] {
                    found[part] = .unreadable(reason)
                } else {
                    let rows = (state.rows[part.archive] ?? []).filter { row in
                        guard case .integer(let seq) = row.values[1] else { return false }
                        return part.seqs.contains(seq)
                            && row.values[0] == .bytes(part.conversation.bytes)
                    }
                    found[part] = .rows(rows)
                }
            }
            return found
        }
    }

    func damage(_ archive: String, _ reason: MissingEvents.Reason?) {
        state.withLock { $0.unreadable[archive] = reason }
    }

    /// Gives a store's events of a conversation to archives of `size` events each, but for the newest two.
    func archive(_ conversation: ConversationID, of store: any HotStore, by size: Int) throws {
        // What is not indexed yet is not dropped.
        while try store.indexTexts(limit: 1000) > 0 {}
        let end = Timestamp(milliseconds: .max)
        let all = try store.archivableRows(of: conversation, after: 0, before: end, limit: 10_000)
        let kept = all.dropLast(2)
        for start in stride(from: 0, to: kept.count, by: size) {
            let rows = Array(kept[start..<min(start + size, kept.count)])
            let key = "archives/\(conversation)/\(start)"
            let archive = StoredArchive(
                key: key,
                day: 0,
                shard: 0,
                events: Int64(rows.count),
                byteCount: 1,
                sha256: []
            )
            try store.record(archive, [Self.segment(of: rows, conversation, in: key)])
            state.withLock { $0.rows[key] = rows }
        }
        while try store.dropArchived(of: conversation, keeping: 2, limit: 100) > 0 {}
    }

    private static func segment(
        of rows: [StoreRow],
        _ conversation: ConversationID,
        in key: String
    ) -> ArchivedSegment {
        func numbers(_ column: String) -> [Int64] {
            let place = StoreTable.events.columns.firstIndex(of: column) ?? 0
            return rows.map { row in
                if case .integer(let number) = row.values[place] { number } else { 0 }
            }
        }
        var counts = SeqCounts()
        for (seq, count) in zip(numbers("seq"), numbers("message_count")) {
            counts.append(seq: seq, messageCount: count)
        }
        let seqs = numbers("seq")
        let times = numbers("server_time").map(Timestamp.init(milliseconds:))
        let first = times.first ?? HistoryWorld.start
        return ArchivedSegment(
            archive: key,
            conversation: conversation,
            seqs: (seqs.first ?? 1)...(seqs.last ?? 1),
            times: first...(times.last ?? first),
            events: Int64(rows.count),
            counts: counts
        )
    }
}
