import Events

/// A store with what archives hold of it, row by row: what it would be if nothing had ever been archived.
///
/// - Note: reads archives one after the other in the order of conversations; `fetch` may keep the last few.
public final class WholeStore: StoreRows {
    /// Seqs of a part at most: whoever reads all of an archive has it unpacked for each.
    private static let seqsPerPart: Int64 = 8192

    private let store: any HotStoreReader
    private let fetch: (ArchivedPart) throws -> [StoreRow]
    private var last: (part: ArchivedPart, rows: [StoreRow])?

    /// A store, and how to get what an archive holds of a conversation, in the order of seqs.
    public init(_ store: any HotStoreReader, fetch: @escaping (ArchivedPart) throws -> [StoreRow]) {
        self.store = store
        self.fetch = fetch
    }

    /// Rows in the order of their keys, of what lies after `key`.
    ///
    /// - Throws: what the store and `fetch` throw.
    public func rows(
        of table: StoreTable,
        after key: [StoreValue]?,
        limit: Int
    ) throws -> [StoreRow] {
        let stored = try store.rows(of: table, after: key, limit: limit)
        guard table == .events, limit > 0 else { return stored }
        var rows: [[StoreValue]: StoreRow] = [:]
        for row in try archivedRows(
            after: key,
            upTo: stored.count == limit ? stored.last?.key : nil,
            limit: limit
        ) {
            rows[row.key] = row
        }
        // What the table still has is what counts.
        for row in stored { rows[row.key] = row }
        let sorted = rows.values.sorted { StoreValue.precedes($0.key, $1.key) }
        return Array(sorted.prefix(limit))
    }

    /// The first archived rows after a key, up to another.
    private func archivedRows(
        after key: [StoreValue]?,
        upTo end: [StoreValue]?,
        limit: Int
    ) throws -> [StoreRow] {
        var place = try key.map(Self.place)
        var rows: [StoreRow] = []
        while rows.count < limit {
            let segments = try store.archivedSegments(after: place, limit: 16)
            for segment in segments {
                for part in segment.parts(
                    in: segment.seqs,
                    isBackwards: false,
                    of: Self.seqsPerPart
                ) {
                    let bounds = [part.seqs.lowerBound, part.seqs.upperBound].map { seq in
                        [StoreValue.bytes(part.conversation.bytes), .integer(seq)]
                    }
                    if let end, StoreValue.precedes(end, bounds[0]) { return rows }
                    if let key, !StoreValue.precedes(key, bounds[1]) { continue }
                    let kept = try self.rows(of: part).filter { row in
                        key.map { StoreValue.precedes($0, row.key) } ?? true
                    }
                    rows += try store.folded(Array(kept.prefix(limit)))
                    if rows.count >= limit { return rows }
                }
                place = (segment.conversation, segment.seqs.upperBound)
            }
            if segments.count < 16 { return rows }
        }
        return rows
    }

    private func rows(of part: ArchivedPart) throws -> [StoreRow] {
        if let last, last.part == part { return last.rows }
        let rows = try fetch(part)
        last = (part, rows)
        return rows
    }

    private static func place(_ key: [StoreValue]) throws -> (ConversationID, Int64) {
        guard case .bytes(let bytes) = key.first, let id = ConversationID(bytes: bytes),
            case .integer(let seq)? = key.dropFirst().first
        else { throw StoreError(.database, "a key that is none of an event") }
        return (id, seq)
    }
}
