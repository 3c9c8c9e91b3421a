import Conversations
import EventLog
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
        #expect([0, 2, 3, 7, 8, 11].map { runs.next(after: $0) } == [1, 3, 7, 8, 12, 12])
        #expect(runs.next(after: 12) == nil && runs.next(after: .max) == nil)
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

    @Test func theTimeOfAMarkIsThatOfTheOthers() {
        let ada = GroupTopics.account(1)
        let bob = GroupTopics.account(2)
        let eve = GroupTopics.account(3)
        var times = MarkTimes()
        times.note(ada, 5)
        #expect(times.last(except: ada).milliseconds == 0)
        #expect(times.last(except: bob).milliseconds == 5)
        times.note(bob, 7)
        times.note(eve, 6)
        times.note(ada, 4)
        #expect(times.last(except: bob).milliseconds == 6)
        #expect(times.last(except: eve).milliseconds == 7)
        times.note(bob, 9)
        #expect(times.last(except: bob).milliseconds == 6)
    }

    private func participant() -> Participant {
        var participant = Participant(account: AccountID(high: 1, low: 2))
        participant.standing = .member
        participant.delivered = 7
        participant.read = 3
        participant.markTime = 1_790_000_000_000
        participant.tickedDelivered = 2
        participant.tickedRead = 1
        participant.isOwed = true
        participant.own = OwnRead(seq: 8, time: 1_790_000_000_001, told: 4)
        for seq in [2, 3, 9] as [UInt64] { participant.sent.append(seq) }
        return participant
    }

    @Test func theStoredFormIsReadAsItWasWritten() throws {
        let ticks = ConversationTicks(
            kind: .direct,
            lastSeq: 9,
            times: MarkTimes(newest: AccountID(high: 1, low: 3), newestTime: 9, othersTime: 4),
            participants: [participant(), Participant(account: AccountID(high: 1, low: 3))]
        )
        let bytes = ticks.encoded()
        let again = try ConversationTicks(decoding: bytes[...]) { _ in [] }
        #expect(again.kind == .direct)
        #expect(again.times == ticks.times)
        #expect(again.participants == ticks.participants)
        #expect(again.lastSeq == 9)
        #expect(again.isOwed)
        for count in bytes.indices {
            _ = try? ConversationTicks(decoding: bytes[..<count]) { _ in [] }
        }
    }

    @Test func aRowIsReadAsItWasWritten() throws {
        let participant = participant()
        let bytes = participant.encoded(withAccount: false)
        #expect(throws: ProtobufReader.Fault.self) { try Participant(decoding: bytes[...]) }
        #expect(
            try Participant(decoding: bytes[...], account: participant.account) == participant
        )
    }

    @Test func whatIsRememberedOfOutsidersIsBounded() throws {
        var ticks = ConversationTicks()
        for number in 0..<100_000 {
            _ = ticks.apply(
                Receipt(
                    conversation: ConversationID(high: 1, low: 1),
                    account: GroupTopics.account(number),
                    serverTime: Timestamp(milliseconds: Int64(number)),
                    delivered: 5,
                    read: 5
                )
            )
            if ticks.count > ConversationTicks.outsidersMax { Issue.record("\(ticks.count)") }
        }
        #expect(ticks.participant(GroupTopics.account(99_999)) != nil)
        #expect(ticks.participant(GroupTopics.account(0)) == nil)
    }

    @Test func whatWasStoredBeforeOwnReadingWasIsTakenOver() throws {
        var bytes: [UInt8] = []
        for account in [1, 2] as [UInt64] {
            // A direct conversation as it was: read up to 5 by both, of which 4 was sent; and made-up marks.
            var writer = ProtobufWriter(capacity: 64)
            writer.identifier(1, AccountID(high: 9, low: account))
            writer.varint(2, account == 1 ? 5 : .max)
            writer.varint(3, account == 1 ? 5 : .max)
            writer.int64(4, 77)
            writer.varint(5, account == 1 ? 4 : 0)
            writer.varint(8, Participant.Standing.member.rawValue)
            var whole = ProtobufWriter(capacity: 96)
            if account == 1 { whole.varint(1, UInt64(ConversationKind.direct.rawValue)) }
            whole.slice(5, writer.bytes[...])
            bytes += whole.bytes
        }
        var ticks = try ConversationTicks(decoding: bytes[...]) { _ in [] }
        #expect(ticks.lastSeq == 4 && !ticks.isOwed)
        #expect(ticks.participants.map(\.own.told) == [4, 4])
        #expect(ticks.participants.map(\.own.seq) == [5, UInt64(Int64.max)])
        var told: [AccountID: UInt64] = [:]
        ticks.tellReaders { told[$0.account] = $0.own.told }
        #expect(told.isEmpty)
        // From the next event on all is as if it had always been so.
        let event = TimelineEvent(
            origin: Origin(topicNumber: 1, partition: Partition(0), offset: Offset(9)),
            conversation: ConversationID(high: 1, low: 1),
            kind: .direct,
            seq: 6,
            messageCount: 6,
            serverTime: Timestamp(milliseconds: 80),
            clientTime: Timestamp(milliseconds: 0),
            sender: AccountID(high: 9, low: 1),
            device: DeviceID(high: 1, low: 1),
            submission: SubmissionID(high: 1, low: 6),
            body: .acted(.react(SubmissionID(high: 1, low: 1), emoji: "x"))
        )
        #expect(ticks.apply(event) == .moved)
        ticks.tellReaders { told[$0.account] = $0.own.told }
        #expect(told == [AccountID(high: 9, low: 1): 5, AccountID(high: 9, low: 2): 6])
    }

    @Test func whoComesAndGoesIsListedOnce() throws {
        var topics = GroupTopics()
        topics.join([0, 1])
        for _ in 0..<50 {
            topics.leave(1)
            topics.join([1])
        }
        var ticks = ConversationTicks()
        _ = ticks.apply(
            Receipt(
                conversation: topics.conversation,
                account: GroupTopics.account(1),
                serverTime: Timestamp(milliseconds: 0),
                delivered: 0,
                read: .max,
                isPrivate: true
            )
        )
        for record in topics.timeline {
            _ = ticks.apply(try TimelineEvent(decoding: (record.value ?? [])[...]))
        }
        var told: [UInt64] = []
        ticks.tellReaders { told.append($0.own.told) }
        #expect(told == [topics.lastSeq])
        ticks.tellReaders { told.append($0.own.told) }
        #expect(told.count == 1 && !ticks.isOwed)
    }

    /// In a group of 10,000 in which everybody wrote and one after the other reads.
    @Test func aRecordLooksAtFewOfTenThousandMembers() throws {
        let size = 10_000
        var topics = GroupTopics()
        topics.join(0..<size)
        for number in 0..<size { topics.post(by: number) }
        topics.leave(17)
        topics.join([17])
        var ticks = ConversationTicks()
        var costs: [Int] = []
        for (index, record) in topics.timeline.enumerated() {
            let before = ticks.steps
            _ = ticks.apply(try TimelineEvent(decoding: (record.value ?? [])[...]))
            if index > 0 { costs.append(ticks.steps - before) }
        }
        // Two marks and two messages, in heaps that are 14 high.
        #expect(costs.max() ?? 0 <= 4 * 14)
        costs = []
        let last = topics.lastSeq
        for number in 0..<size {
            let before = ticks.steps
            let effect = ticks.apply(
                Receipt(
                    conversation: topics.conversation,
                    account: GroupTopics.account(number),
                    serverTime: Timestamp(milliseconds: 0),
                    delivered: last,
                    read: last
                )
            )
            // Each is told of its own reading; only the last two let ticks move.
            #expect(effect == .moved)
            if number < size - 2 { costs.append(ticks.steps - before) }
        }
        #expect(costs.max() ?? 0 > 14 && costs.max() ?? 0 <= 2 * 14)
    }
}
