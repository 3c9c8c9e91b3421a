import Conversations
import Events
import TestKit
import Testing
import Web

@testable import Ingest

@Suite struct ReplyQueueTests {
    private let start = ContinuousClock.now

    private func pending() -> PendingReply { PendingReply { _ in } }

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    private let answer = Result<Accepted, Problem>.failure(Problem(.logUnavailable, "x"))

    @Test func onlyTheFirstWhoWaitsIsToBeWatched() {
        var queue = ReplyQueue()
        let first = queue.add(pending(), until: at(10))
        let second = queue.add(pending(), until: at(11))
        #expect(first)
        #expect(!second)
        #expect(queue.expired(at: at(10)).late.count == 1)
        let third = queue.add(pending(), until: at(12))
        #expect(!third, "the second one is still watched")
        #expect(queue.expired(at: at(20)).next == nil)
        let fourth = queue.add(pending(), until: at(30))
        #expect(fourth)
    }

    @Test func whoWasAnsweredIsNotLate() {
        var queue = ReplyQueue()
        let replies = (0..<10).map { _ in pending() }
        for (place, reply) in replies.enumerated() { _ = queue.add(reply, until: at(place)) }
        for reply in replies where reply !== replies[4] { reply.answer(answer) }
        let (late, next) = queue.expired(at: at(100))
        #expect(late.count == 1)
        #expect(late.first === replies[4])
        #expect(next == nil)
    }

    @Test func whoIsNotLateYetIsNotAnsweredAndSaysWhenToComeAgain() {
        var queue = ReplyQueue()
        for place in 0..<10 { _ = queue.add(pending(), until: at(place)) }
        let (late, next) = queue.expired(at: at(3))
        #expect(late.count == 4)
        #expect(next == at(4))
        #expect(queue.count == 6)
    }

    @Test func itStaysShortWhenAllAreAnswered() {
        var queue = ReplyQueue()
        for place in 0..<10_000 {
            let reply = pending()
            _ = queue.add(reply, until: at(place))
            reply.answer(answer)
            #expect(queue.count <= 1)
        }
    }

    @Test func againstAListEverybodyIsLateExactlyWhenTheyAre() {
        let seed = Samples.seed
        var random = SeededRandom(seed: seed)
        var queue = ReplyQueue()
        var model: [(deadline: Int, reply: PendingReply)] = []
        var now = 0
        for step in 0..<5000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let reply = pending()
                _ = queue.add(reply, until: at(now + 100))
                model.append((now + 100, reply))
            case 2:
                model.randomElement(using: &random)?.reply.answer(answer)
            default:
                let late = queue.expired(at: at(now)).late
                let expected = model.filter { $0.deadline <= now && !$0.reply.isAnswered }
                #expect(late.count == expected.count, "seed \(seed), step \(step)")
                #expect(
                    zip(late, expected).allSatisfy { $0 === $1.reply },
                    "seed \(seed), step \(step)"
                )
                for reply in late { reply.answer(answer) }
            }
            model.removeAll { $0.reply.isAnswered }
            now += Int.random(in: 0..<8, using: &random)
        }
    }
}

@Suite struct PendingReplyTests {
    @Test func whoeverComesFirstAnswersAndNobodyElse() async {
        for _ in 0..<200 {
            let answers = IngestWorld.Answers()
            let pending = PendingReply { answers.add($0) }
            let wins = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        pending.answer(.failure(Problem(.logUnavailable, "\(number)")))
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wins == 1)
            #expect(answers.all.count == 1)
            #expect(pending.isAnswered)
        }
    }
}

@Suite struct AcceptedCacheTests {
    private func key(_ number: UInt64) -> SubmissionKey {
        SubmissionKey(
            id: SubmissionID(high: 2, low: number),
            sender: AccountID(high: 1, low: number / 8),
            conversation: ConversationID(high: 3, low: number / 4)
        )
    }

    private func accepted(_ number: UInt64) -> Accepted {
        Accepted(
            messageID: SubmissionID(high: 2, low: number),
            conversationID: ConversationID(high: 3, low: number),
            serverTimestamp: Timestamp(milliseconds: Int64(number))
        )
    }

    @Test func itNeverHoldsMoreThanItsBoundAndAlwaysTheLatestHalf() {
        var cache = AcceptedCache(entriesMax: 100)
        for number in 0..<1000 as Range<UInt64> {
            cache.insert(key(number), accepted(number))
            #expect(cache.count <= 100)
            for earlier in (number < 49 ? 0 : number - 49)...number {
                #expect(cache.find(key(earlier)) == accepted(earlier))
            }
        }
        #expect(cache.find(key(0)) == nil)
    }

    @Test func theFirstAnswerStands() {
        var cache = AcceptedCache(entriesMax: 100)
        #expect(cache.insert(key(1), accepted(1)) == accepted(1))
        #expect(cache.insert(key(1), accepted(2)) == accepted(1))
        #expect(cache.find(key(1)) == accepted(1))
    }
}
