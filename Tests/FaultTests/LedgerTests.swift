import Events
import MartletClient
import TestKit
import Testing

/// The judge is judged first: each kind of wrong must be found.
@Suite struct LedgerTests {
    private typealias Kind = Ledger.Findings.Kind

    private let alice = AccountID(high: 1, low: 1)
    private let bob = AccountID(high: 2, low: 2)
    private var conversation: ConversationID { ConversationID(directBetween: alice, and: bob) }

    private func id(_ number: UInt64) -> SubmissionID { SubmissionID(high: 7, low: number) }

    private func position(_ offset: Int64) -> InboxPosition {
        InboxPosition(epoch: 1, offset: Offset(offset))
    }

    private func message(_ number: UInt64, seq: UInt64) -> ServerEvent {
        .message(
            MessageEvent(
                conversationID: conversation,
                seq: seq,
                messageCount: seq,
                messageID: id(number),
                sender: alice,
                recipient: bob,
                serverTimestamp: Timestamp(milliseconds: 0),
                text: nil
            )
        )
    }

    private func ticks(_ delivered: UInt64, _ read: UInt64) -> ServerEvent {
        .ticks(
            TicksEvent(conversationID: conversation, deliveredSeq: delivered, readSeq: read)
        )
    }

    /// Two devices, and two messages that both have.
    private func good() -> Ledger {
        var ledger = Ledger()
        for account in [alice, bob] {
            let key = Ledger.DeviceKey(account)
            ledger.opened(key, at: position(0))
            for number in UInt64(1)...2 {
                ledger.sending(id(number), from: alice, to: bob)
                ledger.acknowledged(id(number), in: conversation)
                _ = ledger.received(key, position(Int64(number)), message(number, seq: number))
            }
        }
        _ = ledger.received(Ledger.DeviceKey(alice), position(3), ticks(2, 1))
        return ledger
    }

    private func wrong(_ ledger: Ledger, _ expectations: Ledger.Expectations = .init()) -> Set<Kind>
    {
        ledger.findings(expectations).wrong.kinds
    }

    @Test func aGoodRunIsClean() {
        let findings = good().findings()
        #expect(findings.isClean, "\(findings)")
        #expect(findings.acknowledged == 2)
    }

    @Test func aRepeatedFrameIsNoHarm() {
        var ledger = good()
        let isNew = ledger.received(Ledger.DeviceKey(bob), position(2), message(2, seq: 2))
        #expect(!isNew)
        #expect(ledger.findings().isClean)
        #expect(ledger.resendCount == 1)
    }

    @Test func aLostMessageIsFound() {
        var ledger = good()
        ledger.sending(id(3), from: alice, to: bob)
        ledger.acknowledged(id(3), in: conversation)
        #expect(wrong(ledger) == [.lost])
        #expect(ledger.findings().description.contains("acknowledged and lost 2"))
    }

    @Test func aDoubledMessageIsFound() {
        var ledger = good()
        _ = ledger.received(Ledger.DeviceKey(bob), position(5), message(2, seq: 3))
        #expect(wrong(ledger).contains(.doubled))
    }

    @Test func aHoleInTheOrderIsFound() {
        var ledger = good()
        ledger.sending(id(3), from: alice, to: bob)
        ledger.acknowledged(id(3), in: conversation)
        for account in [alice, bob] {
            _ = ledger.received(Ledger.DeviceKey(account), position(6), message(3, seq: 4))
        }
        #expect(wrong(ledger).contains(.reordered))
    }

    @Test func aFrameBehindThePositionThatWasNeverSeenIsFound() {
        var ledger = Ledger()
        ledger.opened(Ledger.DeviceKey(bob), at: position(0))
        ledger.sending(id(1), from: alice, to: bob)
        _ = ledger.received(Ledger.DeviceKey(bob), position(9), ticks(0, 0))
        _ = ledger.received(Ledger.DeviceKey(bob), position(4), message(1, seq: 1))
        #expect(wrong(ledger).contains(.reordered))
    }

    @Test func devicesThatDisagreeAreFound() {
        var ledger = good()
        let second = Ledger.DeviceKey(bob, 1)
        ledger.opened(second, at: position(0))
        _ = ledger.received(second, position(1), message(2, seq: 1))
        _ = ledger.received(second, position(2), message(1, seq: 2))
        #expect(wrong(ledger).contains(.disagreeing))
    }

    @Test func ticksThatGoBackAndTicksThatStayOutAreFound() {
        var ledger = good()
        _ = ledger.received(Ledger.DeviceKey(alice), position(7), ticks(1, 1))
        #expect(wrong(ledger) == [.ticksBackwards, .ticksMissing])
    }

    @Test func outcomesAreJudged() {
        var ledger = good()
        ledger.sending(id(8), from: alice, to: bob)
        ledger.sending(id(9), from: alice, to: bob)
        ledger.refused(id(9), "invalid_recipient")
        _ = ledger.received(Ledger.DeviceKey(bob), position(9), message(9, seq: 3))
        #expect(wrong(ledger) == [.unresolved, .refused, .foreign])
    }

    @Test func theStoreIsCompared() {
        guard case .message(let first) = message(1, seq: 1),
            case .message(let stranger) = message(77, seq: 2)
        else { return }
        var expectations = Ledger.Expectations()
        expectations.store = [conversation: [first, stranger]]
        #expect(wrong(good(), expectations) == [.missingInStore, .extraInStore])
    }

    @Test func notificationsAreCounted() {
        var ledger = good()
        var expectations = Ledger.Expectations()
        expectations.away = [bob]
        #expect(wrong(ledger, expectations) == [.notNotified])
        ledger.notified(bob, of: id(1), collapse: "a")
        ledger.notified(bob, of: id(2), collapse: "a")
        #expect(wrong(ledger, expectations).isEmpty)
        ledger.notified(bob, of: id(2), collapse: "b")
        #expect(wrong(ledger, expectations) == [.notCollapsing])
    }
}
