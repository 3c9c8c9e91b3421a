import Accounts
import Conversations
import EventLog
import Events
import Testing

@testable import Operator

/// A log in which one account changes things about itself.
private struct AccountLog {
    static let partition = TopicPartition(.accounts, Partition(0))
    var accounts: [LogRecord] = []
    var inbox: [LogRecord] = []

    init() {
        let account = AccountID(high: 1, low: 1)
        let changes: [AccountChange] = [
            .registered(name: "Ada"), .privacy(Privacy.Change(readReceipts: false)),
            .contact(AccountID(high: 2, low: 2), isContact: true),
            .star(
                ConversationID(high: 3, low: 3),
                SubmissionID(high: 4, low: 4),
                isStarred: true
            ),
        ]
        for change in changes {
            let event = AccountEvent(
                account: account,
                device: nil,
                serverTime: Timestamp(milliseconds: 1),
                change: change
            )
            let record = Self.record(.accounts, accounts.count, event.encoded())
            accounts.append(record)
            if case .registered = change { continue }
            let value = InboxCoding.account(event.encoded(), origin: record.origin())
            inbox.append(Self.record(.inbox, inbox.count, value))
        }
    }

    static func record(_ topic: Topic, _ offset: Int, _ value: [UInt8]) -> LogRecord {
        LogRecord(
            topicPartition: TopicPartition(topic, Partition(0)),
            offset: Offset(Int64(offset)),
            timestamp: Timestamp(milliseconds: 1),
            key: nil,
            value: value
        )
    }

    func findings(inboxBegins: Int64 = 0) -> [AuditFinding.Kind] {
        var fold = AuditFold(
            begins: [
                Self.partition: Offset(0),
                TopicPartition(.inbox, Partition(0)): Offset(inboxBegins),
            ],
            inboxPartitions: 1
        )
        fold.take(inbox, of: .inbox)
        fold.take(accounts, of: .accounts)
        fold.judge(
            ReceiptsAudit.Cut(
                committed: [Self.partition: Offset(Int64(accounts.count))],
                endsBefore: [:],
                positions: [:]
            )
        )
        return fold.takeFindings().map(\.kind)
    }
}

@Suite struct AuditAccountTests {
    @Test func everyChangeIsToldOnceAndARegistrationIsNot() {
        var log = AccountLog()
        #expect(log.inbox.count == 3)
        #expect(log.findings() == [])
        log.inbox += log.inbox
        #expect(log.findings() == [])
    }

    @Test func aChangeThatIsNotToldIsMissing() {
        for place in 0..<3 {
            var log = AccountLog()
            log.inbox.remove(at: place)
            #expect(log.findings() == [.missing], "\(place)")
        }
    }

    @Test func changesInTheWrongOrderAreOutOfOrder() {
        var log = AccountLog()
        log.inbox.swapAt(0, 1)
        #expect(log.findings() == [.outOfOrder])
    }

    @Test func aChangeThatSaysSomethingElseIsWrong() {
        var log = AccountLog()
        let other = AccountLog.record(
            .inbox,
            0,
            InboxCoding.account([8, 1], origin: log.accounts[1].origin())
        )
        log.inbox[0] = other
        #expect(log.findings() == [.wrong])
    }

    @Test func whatNoAccountRecordCausedIsWrong() {
        var log = AccountLog()
        let registration = log.accounts[0]
        log.inbox.insert(
            AccountLog.record(
                .inbox,
                9,
                InboxCoding.account(registration.value ?? [], origin: registration.origin())
            ),
            at: 0
        )
        #expect(log.findings() == [.wrong])

        var stray = AccountLog()
        let origin = Origin(topicNumber: 7, partition: Partition(0), offset: Offset(0))
        stray.inbox.append(
            AccountLog.record(.inbox, 9, InboxCoding.account([], origin: origin))
        )
        #expect(stray.findings() == [.wrong])
    }

    @Test func anInboxThatBeginsLaterNeedNotHaveWhatWasBefore() {
        var log = AccountLog()
        log.inbox.removeFirst()
        #expect(log.findings() == [.missing])
        #expect(log.findings(inboxBegins: 1) == [])
        log.inbox.removeLast()
        #expect(log.findings(inboxBegins: 1) == [.missing])
    }
}
