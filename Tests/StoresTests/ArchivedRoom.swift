import Accounts
import Conversations
import Events
import Testing

@testable import Stores

/// A store whose old events lie in archives, in memory, beside a twin that never archived anything.
struct ArchivedStore {
    let store: any HotStore
    let twin: any HotStore
    /// The rows of each archive.
    private(set) var archives: [String: [StoreRow]] = [:]

    init(_ folder: TemporaryFolder) throws {
        store = try folder.store("hot")
        twin = try folder.store("twin")
    }

    /// Folds a batch into both.
    func apply(_ batch: StoreBatch) throws {
        try store.apply(batch)
        try twin.apply(batch)
        // What is not indexed is not dropped.
        try store.indexAllTexts()
    }

    /// Archives what was accepted before a time and is in no archive, as one archive, and says of which conversations.
    mutating func archive(before end: Timestamp) throws {
        let key = "archives/\(archives.count)"
        var rows: [StoreRow] = []
        var segments: [ArchivedSegment] = []
        var place: ConversationID?
        repeat {
            let (found, next) = try store.archivable(after: place, before: end, limit: 1)
            for found in found {
                let new = try store.archivableRows(
                    of: found.conversation,
                    after: found.archivedSeq,
                    before: end,
                    limit: 10_000
                )
                segments.append(try Self.segment(of: new, found.conversation, in: key))
                rows += new
            }
            place = next
        } while place != nil
        guard !rows.isEmpty else { return }
        archives[key] = rows
        let archive = StoredArchive(
            key: key,
            day: 0,
            shard: 0,
            events: Int64(rows.count),
            byteCount: 1,
            sha256: []
        )
        try store.record(archive, segments)
    }

    private static func segment(
        of rows: [StoreRow],
        _ conversation: ConversationID,
        in key: String
    ) throws -> ArchivedSegment {
        func column(_ name: String) throws -> [Int64] {
            let place = try #require(StoreTable.events.columns.firstIndex(of: name))
            return rows.compactMap { row in
                if case .integer(let number) = row.values[place] { number } else { nil }
            }
        }
        let (seqs, times) = (try column("seq"), try column("server_time"))
        var counts = SeqCounts()
        for (seq, count) in zip(seqs, try column("message_count")) {
            counts.append(seq: seq, messageCount: count)
        }
        return ArchivedSegment(
            archive: key,
            conversation: conversation,
            seqs: seqs[0]...seqs[seqs.count - 1],
            times: Timestamp(
                milliseconds: times[0]
            )...Timestamp(
                milliseconds: times[times.count - 1]
            ),
            events: Int64(seqs.count),
            counts: counts
        )
    }

    /// Drops what archives have, but for some of the newest.
    func drop(keeping newest: Int, limit: Int = 7) throws {
        var place: (ConversationID, Int64)?
        while let next = try store.archivedSegments(after: place, limit: 1).first?.conversation {
            while try store.dropArchived(of: next, keeping: newest, limit: limit) > 0 {}
            place = (next, .max)
        }
    }

    /// What an archive has of a part.
    func rows(of part: ArchivedPart) throws -> [StoreRow] {
        let rows = try #require(archives[part.archive])
        return rows.filter { row in
            guard case .integer(let seq) = row.values[1] else { return false }
            return row.values[0] == .bytes(part.conversation.bytes) && part.seqs.contains(seq)
        }
    }

    /// Asks the store until it has all that it needs of archives; some archives can't be read.
    func ask<Value>(
        _ viewer: Viewer,
        without lost: Set<String> = [],
        _ question: (any HotStore, Viewer) throws -> Value
    ) throws -> Value {
        var viewer = viewer
        for _ in 0..<20 {
            do {
                return try question(store, viewer)
            } catch let error as StoreError where error.code == .archivesNeeded {
                #expect(!error.archivedParts.isEmpty)
                for part in error.archivedParts {
                    #expect(viewer.archived[part] == nil, "asked for twice")
                    viewer.archived[part] =
                        lost.contains(part.archive)
                        ? .unreadable(.corrupt) : .rows(try rows(of: part))
                }
            }
        }
        throw StoreError(.archivesNeeded, "more and more")
    }

    /// The store with all archives laid under it.
    var whole: WholeStore { WholeStore(store) { try rows(of: $0) } }

    /// Expects both stores to give the same answer.
    func expectEqual<Value: Equatable>(
        _ what: @autoclosure () -> String,
        _ viewer: Viewer,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ question: (any HotStore, Viewer) throws -> Value
    ) throws {
        let expected = try question(twin, viewer)
        let found = try ask(viewer, question)
        #expect(found == expected, "\(what())", sourceLocation: sourceLocation)
    }
}
