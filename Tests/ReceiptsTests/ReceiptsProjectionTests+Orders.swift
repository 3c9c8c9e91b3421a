import EventLog
import Events
import Projections
import Testing

@testable import Receipts

extension ReceiptsProjectionTests {
    /// Every way of interleaving two short topics, in batches of one, two or all.
    @Test func everyInterleavingEndsWithTheSameTicks() throws {
        let histories: [([AccountID], [(AccountID, UInt64, UInt64)])] = [
            ([Self.ada, Self.bob, Self.ada], [(Self.bob, 2, 0), (Self.ada, 2, 2)]),
            (
                [Self.ada, Self.ada, Self.bob],
                [(Self.bob, 1, 0), (Self.bob, 2, 1), (Self.ada, 9, 0)]
            ),
            (
                [Self.ada, Self.bob, Self.bob, Self.ada],
                [(Self.bob, 3, 3), (Self.eve, 4, 4), (Self.ada, 1, 1)]
            ),
        ]
        for (senders, marks) in histories {
            for privateReader in [nil, Self.ada, Self.bob] {
                try expectOneEnd(senders, marks, privateReader)
            }
        }
    }

    private func expectOneEnd(
        _ senders: [AccountID],
        _ marks: [(AccountID, UInt64, UInt64)],
        _ privateReader: AccountID?
    ) throws {
        let timeline = senders.enumerated().map { sent($0 + 1, by: $1) }
        let receipts = try marks.enumerated().map {
            try mark(
                $0,
                by: $1.0,
                delivered: $1.1,
                read: $1.2,
                isPrivate: $1.0 == privateReader
            )
        }
        var read: [AccountID: UInt64] = [:]
        for (account, _, seq) in marks where account != Self.eve && seq > 0 {
            read[account] = max(read[account] ?? 0, min(seq, UInt64(senders.count)))
        }
        var ends: [[AccountID: Told]] = []
        for order in interleavings(timeline, receipts) {
            for size in [1, 2, order.count] {
                log.records = []
                let engine = try Self(fresh: log).engine()
                for start in stride(from: 0, to: order.count, by: size) {
                    _ = try engine.process(Array(order[start..<min(start + size, order.count)]))
                }
                ends.append(try told())
                #expect(try readTold() == read)
            }
        }
        #expect(ends.allSatisfy { $0 == ends.first })
        if let privateReader {
            let other = privateReader == Self.ada ? Self.bob : Self.ada
            #expect(ends.first?[other]?.read ?? 0 == 0)
        }
    }

    private func interleavings(_ left: [LogRecord], _ right: [LogRecord]) -> [[LogRecord]] {
        guard let first = left.first else { return [right] }
        guard let second = right.first else { return [left] }
        return interleavings(Array(left.dropFirst()), right).map { [first] + $0 }
            + interleavings(left, Array(right.dropFirst())).map { [second] + $0 }
    }
}
