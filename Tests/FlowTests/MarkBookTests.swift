import Events
import Testing

@testable import Flow

@Suite struct MarkBookTests {
    private let first = ConversationID(high: 1, low: 1)
    private let second = ConversationID(high: 1, low: 2)

    @Test func marksMergeByMaximumWhileABatchIsUnderWay() {
        var book = MarkBook(durable: Offset(0))
        book.delivered(first, seq: 3)
        book.delivered(first, seq: 2)
        book.read(first, seq: 1)
        book.told(upTo: Offset(10))
        let batch = book.takeBatch()
        #expect(batch?.marks.count == 1)
        #expect(batch?.marks.first?.marks == MarkBook.Marks(deliveredSeq: 3, readSeq: 1))
        book.delivered(first, seq: 5)
        book.delivered(second, seq: 1)
        #expect(book.takeBatch() == nil, "one batch at a time")
        book.reported(isDurable: true)
        #expect(book.durable == Offset(10))
        #expect(book.takeBatch()?.marks.count == 2)
    }

    @Test func aPositionIsDurableOnlyWhenTheLogHasItsMarks() {
        var book = MarkBook(durable: Offset(4))
        book.delivered(first, seq: 3)
        book.told(upTo: Offset(10))
        #expect(book.durable == Offset(4))
        _ = book.takeBatch()
        book.told(upTo: Offset(12))
        #expect(book.durable == Offset(4), "the marks of what is below 10 are still under way")
        book.reported(isDurable: true)
        #expect(book.durable == Offset(12), "nothing between 10 and 12 had a mark")
        #expect(book.isSettled)
    }

    @Test func aPositionWithoutMarksIsDurableAtOnce() {
        var book = MarkBook(durable: Offset(0))
        book.told(upTo: Offset(7))
        #expect(book.durable == Offset(7))
        #expect(book.isSettled)
    }

    @Test func aBatchThatFailsIsTriedAgainWithWhatCameMeanwhile() {
        var book = MarkBook(durable: Offset(0))
        book.delivered(first, seq: 3)
        book.told(upTo: Offset(4))
        _ = book.takeBatch()
        book.delivered(first, seq: 9)
        book.read(second, seq: 2)
        book.told(upTo: Offset(11))
        book.reported(isDurable: false)
        #expect(book.durable == Offset(0))
        let again = book.takeBatch()
        #expect(again?.marks.count == 2)
        #expect(
            again?.marks.first { $0.conversation == first }?.marks
                == MarkBook.Marks(deliveredSeq: 9)
        )
        book.reported(isDurable: true)
        #expect(book.durable == Offset(11))
    }

    @Test(arguments: 1...50)
    func whatIsBelowTheDurablePositionIsAlwaysInTheLog(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var book = MarkBook(durable: Offset(0))
        var told: [(offset: Int64, conversation: ConversationID, seq: UInt64)] = []
        var log: [ConversationID: UInt64] = [:]
        var batch: MarkBook.Batch?
        var offset: Int64 = 0
        for _ in 0..<500 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let conversation = Bool.random(using: &random) ? first : second
                if Int.random(in: 0..<3, using: &random) > 0 {
                    book.delivered(conversation, seq: UInt64(offset + 1))
                    told.append((offset, conversation, UInt64(offset + 1)))
                }
                offset += 1
                book.told(upTo: Offset(offset))
            case 2:
                if let taken = book.takeBatch() { batch = taken }
            default:
                guard let sent = batch else { continue }
                batch = nil
                let isDurable = Bool.random(using: &random)
                if isDurable {
                    for (conversation, marks) in sent.marks {
                        log[conversation] = max(log[conversation] ?? 0, marks.deliveredSeq)
                    }
                }
                book.reported(isDurable: isDurable)
            }
            for mark in told where mark.offset < book.durable.number {
                #expect(log[mark.conversation] ?? 0 >= mark.seq, "seed \(seed)")
            }
        }
    }

    @Test func theLaterReadingSaysWhetherOthersMayKnow() {
        var book = MarkBook(durable: Offset(0))
        book.read(first, seq: 5, isPrivate: true)
        book.read(first, seq: 4)
        book.delivered(first, seq: 9)
        let batch = book.takeBatch()
        let expected = MarkBook.Marks(deliveredSeq: 9, readSeq: 5, isPrivate: true)
        #expect(batch?.marks.first?.marks == expected)
        // It fails, and merges back under what was read meanwhile.
        book.read(first, seq: 6)
        book.reported(isDurable: false)
        #expect(
            book.takeBatch()?.marks.first?.marks
                == MarkBook.Marks(deliveredSeq: 9, readSeq: 6, isPrivate: false)
        )
    }
}
