import Accounts
import Conversations
import EventLog
import Events
import SwiftProtobuf
import Testing

@testable import Bench

/// 2024-03-01, noon.
let noon = Timestamp(milliseconds: 1_709_294_400_000)

func plan(
    messages: Int = 4000,
    seed: UInt64 = 1,
    hasReceipts: Bool = true
) -> FillPlan {
    FillPlan(
        messages: messages,
        accounts: 60,
        conversations: 40,
        groups: 6,
        days: 10,
        seed: seed,
        hasReceipts: hasReceipts,
        end: noon
    )
}

let partitions = PartitionCounts(conversation: 4, account: 3)

func everything(_ log: SyntheticLog) -> (log: SyntheticLog, records: [SyntheticRecord]) {
    var log = log
    var records: [SyntheticRecord] = []
    while !log.isComplete { log.step(&records) }
    return (log, records)
}

extension [SyntheticRecord] {
    var events: [TimelineEvent] {
        compactMap { if case .event(let event) = $0 { event } else { nil } }
    }
}

@Suite struct SyntheticLogTests {
    private let records = everything(SyntheticLog(plan(), partitions: partitions)).records

    @Test func theSameSeedGivesTheSameRecordsAndAnotherDoesNot() {
        let again = everything(SyntheticLog(plan(), partitions: partitions)).records
        #expect(again == records)
        let other = everything(SyntheticLog(plan(seed: 2), partitions: partitions)).records
        #expect(other.events.first?.sender != records.events.first?.sender)
        let known = Set(records.events.map(\.conversation))
        #expect(other.events.allSatisfy { !known.contains($0.conversation) })
    }

    @Test func seqsAreDenseMessagesCountedAndTimesMonotonic() {
        var last: [ConversationID: TimelineEvent] = [:]
        for event in records.events {
            let before = last[event.conversation]
            #expect(event.seq == (before?.seq ?? 0) + 1)
            var count = before?.messageCount ?? 0
            if case .messagePosted = event.body { count += 1 }
            #expect(event.messageCount == count)
            #expect(event.serverTime >= before?.serverTime ?? plan().start)
            #expect(event.serverTime <= noon)
            #expect(event.submission.isUUIDv7)
            last[event.conversation] = event
        }
        #expect(last.values.reduce(0) { $0 + $1.messageCount } == 4000)
        #expect(Set(records.events.map(\.submission)).count == records.events.count)
    }

    @Test func whatTheRouterWouldFoldIsWhatItWouldHaveDecided() {
        var states: [ConversationID: Conversation] = [:]
        for event in records.events {
            var state = states[event.conversation] ?? Conversation(id: event.conversation)
            state.apply(event)
            #expect(state.members.role(of: event.sender) != nil)
            states[event.conversation] = state
        }
        let groups = states.values.filter { $0.kind == .group }
        #expect(groups.count == 6)
        #expect(groups.allSatisfy { $0.members.count >= 3 && $0.members.owner != nil })
        let direct = states.values.filter { $0.kind == .direct }
        #expect(direct.count == 34)
        for state in direct {
            let members = state.members.all.keys.sorted()
            #expect(state.id == ConversationID(directBetween: members[0], and: members[1]))
        }
    }

    @Test func originsGrowInEachPartitionFromWhereTheyAreToBegin() {
        let start = [Partition(2): Offset(1000)]
        let log = SyntheticLog(plan(), partitions: partitions, firstOffsets: start)
        var last: [Partition: Offset] = [:]
        for event in everything(log).records.events {
            let partition = Partitioner.partition(of: event.conversation, count: 4)
            #expect(event.origin.topicNumber == Topic.submissions.number)
            #expect(event.origin.partition == partition)
            let least = last[partition]?.next ?? start[partition] ?? Offset(0)
            #expect(event.origin.offset >= least)
            last[partition] = event.origin.offset
        }
        #expect(last.count == 4)
    }

    @Test func recordsDecodeAndLieWhereTheirKeysBelong() throws {
        for record in records {
            let outgoing = record.outgoing(partitions)
            let count = outgoing.topic == .accounts ? 3 : 4
            let partition = Partitioner.partition(of: outgoing.key, count: count)
            #expect(outgoing.partition == partition)
            let value = try #require(outgoing.value)
            switch record {
            case .account(let event):
                #expect(outgoing.topic == .accounts)
                #expect(try AccountEvent(decoding: value) == event)
            case .event(let event):
                #expect(outgoing.topic == .timeline)
                #expect(outgoing.key == event.conversation.bytes)
                #expect(try TimelineEvent(decoding: value[...]) == event)
            case .marks(let marks):
                #expect(outgoing.topic == .receipts)
                let receipt = try PBReceipt(serializedBytes: value)
                #expect(try receipt.serializedBytes() as [UInt8] == value)
                #expect(Array(receipt.conversationID) == marks.conversation.bytes)
                #expect(Array(receipt.accountID) == marks.account.bytes)
                #expect(Array(receipt.deviceID) == marks.device.bytes)
                #expect(receipt.serverTimeMs == marks.time.milliseconds)
                #expect(receipt.marks.deliveredSeq == marks.deliveredSeq)
                #expect(receipt.marks.readSeq == marks.readSeq)
            }
        }
    }

    @Test func everybodyIsRegisteredBeforeAnybodySpeaks() {
        var registered: Set<AccountID> = []
        for record in records {
            switch record {
            case .account(let event): registered.insert(event.account)
            case .event(let event): #expect(registered.contains(event.sender))
            case .marks(let marks): #expect(registered.contains(marks.account))
            }
        }
        #expect(registered.count == 60)
    }

    @Test func thereIsSomethingOfEverything() {
        var kinds: [String: Int] = [:]
        var lengths: [Int] = []
        for event in records.events {
            kinds[EventJSON.kind(of: event), default: 0] += 1
            guard case .messagePosted(let post) = event.body,
                let text = MessageContent.text(in: post.content)
            else { continue }
            lengths.append(text.count)
        }
        #expect(kinds["message"] == 4000)
        #expect(kinds["created"] == 6)
        for kind in ["edited", "deleted", "reaction"] { #expect(kinds[kind] ?? 0 > 5) }
        #expect(lengths.allSatisfy { (20...200).contains($0) })
        #expect(Set(lengths).count > 50)
    }

    @Test func someConversationsAreMuchLargerThanMost() {
        let plan = FillPlan(messages: 100_000, conversations: 250, end: noon)
        let log = everything(SyntheticLog(plan, partitions: partitions)).log
        let sizes = log.conversations.compactMap(\.state?.messageCount).sorted()
        #expect(sizes.count == 250)
        #expect(sizes[249] > 8000)
        #expect((100...400).contains(sizes[125]))
    }

    @Test func withoutReceiptsThereAreNone() {
        let log = SyntheticLog(plan(hasReceipts: false), partitions: partitions)
        #expect(
            everything(log).records.allSatisfy { if case .marks = $0 { false } else { true } }
        )
    }

    @Test func aPlanThatCannotBeIsRefused() {
        #expect(plan().fault == nil)
        for messages in [1, 7, 400, 10_000, 1_000_000, 10_000_000] {
            #expect(FillPlan(messages: messages, end: noon).fault == nil)
        }
        #expect(FillPlan(messages: 0, end: noon).fault != nil)
        #expect(FillPlan(messages: 10, days: 0, end: noon).fault != nil)
        #expect(FillPlan(messages: 10, conversations: 3, groups: 4, end: noon).fault != nil)
        #expect(FillPlan(messages: 10, accounts: 4, conversations: 5, end: noon).fault != nil)
    }
}

@Suite struct VocabularyTests {
    @Test func wordsAreManyDifferentAndAlwaysTheSame() {
        let words = Vocabulary().words
        #expect(words.count == 20_000)
        #expect(Set(words).count == 20_000)
        #expect(words == Vocabulary().words)
        #expect(words.allSatisfy { $0.allSatisfy { (97...122).contains($0) } })
    }

    @Test func aFewWordsAreCommonAndMostAreRare() {
        let vocabulary = Vocabulary()
        var random = SeededRandom(seed: 5)
        var counts: [String: Int] = [:]
        for _ in 0..<20_000 {
            let text = String(decoding: vocabulary.text(&random).bytes, as: UTF8.self)
            for word in text.split(separator: " ") { counts[String(word), default: 0] += 1 }
        }
        let total = counts.values.reduce(0, +)
        #expect(counts[vocabulary.word(0)] ?? 0 > total / 20)
        #expect((1...total / 1000).contains(counts[vocabulary.word(300)] ?? 0))
        #expect(counts[vocabulary.word(15_000)] ?? 0 < 100)
    }

    @Test func theWordsNamedStandInTheText() {
        let vocabulary = Vocabulary()
        var random = SeededRandom(seed: 6)
        for _ in 0..<100 {
            let text = vocabulary.text(&random)
            let words = String(decoding: text.bytes, as: UTF8.self).split(separator: " ")
            #expect((1...2).contains(text.ranks.count))
            for rank in text.ranks { #expect(words.contains { $0 == vocabulary.word(rank) }) }
        }
    }
}

@Suite struct WeightedChoiceTests {
    @Test func placesComeAsOftenAsTheyWeigh() {
        let weights = [0, 1, 5, 0.5, 3.5]
        let choice = WeightedChoice(weights)
        var random = SeededRandom(seed: 7)
        var counts = [Int](repeating: 0, count: weights.count)
        for _ in 0..<100_000 { counts[choice.next(&random)] += 1 }
        #expect(counts[0] == 0)
        for (place, weight) in weights.enumerated() {
            #expect(abs(Double(counts[place]) - weight * 10_000) < 1000)
        }
    }

    @Test func oneIsAlwaysChosenAmongOne() {
        var random = SeededRandom(seed: 8)
        #expect(WeightedChoice([3]).next(&random) == 0)
    }
}
