import Events
import Testing

@testable import Receipts

@Suite struct ConversationTicksTests {
    @Test func runsHoldWhatWasSentAndNotRead() {
        var runs = SentRuns()
        for seq in [1, 2, 3, 7, 8, 12] as [UInt64] { runs.append(seq) }
        runs.append(8)
        #expect(runs.runs == [1...3, 7...8, 12...12])
        #expect(runs.highest(atMost: 0) == nil)
        #expect(runs.highest(atMost: 2) == 2)
        #expect(runs.highest(atMost: 6) == 3)
        #expect(runs.highest(atMost: 99) == 12)
        runs.remove(upTo: 2)
        #expect(runs.runs == [3...3, 7...8, 12...12])
        runs.remove(upTo: 7)
        #expect(runs.runs == [8...8, 12...12])
        runs.remove(upTo: 12)
        #expect(runs.runs.isEmpty)
    }

    @Test func runsAreBoundedAndKeepTheNewest() {
        var runs = SentRuns()
        for seq in 1...UInt64(10_000) { runs.append(2 * seq) }
        #expect(runs.runs.count == SentRuns.runsMax)
        #expect(runs.highest(atMost: .max) == 20_000)
        #expect(runs.highest(atMost: 19_999) == 19_998)
    }

    @Test func theStoredFormIsReadAsItWasWritten() throws {
        var ticks = ConversationTicks()
        ticks.lastSeq = 9
        var member = ConversationTicks.Member(account: AccountID(high: 1, low: 2))
        member.delivered = 7
        member.read = 3
        member.markTime = 1_790_000_000_000
        member.tickedDelivered = 2
        member.tickedRead = 1
        for seq in [2, 3, 9] as [UInt64] { member.sent.append(seq) }
        ticks.members = [member, .init(account: AccountID(high: 1, low: 3))]
        ticks.held = [.init(account: AccountID(high: 4, low: 4))]
        let bytes = ticks.encoded()
        #expect(try ConversationTicks(decoding: bytes[...]) == ticks)
        for count in bytes.indices { _ = try? ConversationTicks(decoding: bytes[..<count]) }
    }
}
