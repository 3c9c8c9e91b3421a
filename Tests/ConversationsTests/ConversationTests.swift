import Conversations
import Events
import Testing

@Suite struct ConversationTests {
    private func decide(
        _ submission: Submission,
        in conversation: Conversation? = nil,
        accepted: FoldedLog = FoldedLog()
    ) throws -> Decision {
        try (conversation ?? Conversation(id: Samples.conversation)).decide(
            submission,
            origin: Samples.origin(7),
            accepted: accepted
        )
    }

    private func code(_ decision: Decision) -> String? {
        guard case .reject(let reason) = decision else { return nil }
        return reason.code
    }

    @Test func theFirstMessageIsSeqOneAndCountsOne() throws {
        guard case .accept(let events) = try decide(Samples.post(1)), let event = events.first
        else {
            Issue.record("not accepted")
            return
        }
        #expect(events.count == 1)
        #expect(event.seq == 1)
        #expect(event.messageCount == 1)
        #expect(event.submission == Samples.post(1).id)
        #expect(event.origin == Samples.origin(7))
    }

    @Test func aDirectConversationIsOnlyThatOfItsTwoAccounts() throws {
        #expect(code(try decide(Samples.post(1, to: Samples.eve))) == "invalid_conversation")
        #expect(code(try decide(Samples.post(1, from: Samples.eve))) == "invalid_conversation")
        #expect(code(try decide(Samples.post(1, to: Samples.ada))) == "invalid_recipient")
        #expect(code(try decide(Samples.post(1, to: nil))) == "invalid_recipient")
        var known = Conversation(id: Samples.conversation)
        guard case .accept(let events) = try decide(Samples.post(1)) else { return }
        for event in events { known.apply(event) }
        #expect(
            code(try decide(Samples.post(2, from: Samples.eve), in: known))
                == "invalid_conversation"
        )
        #expect(
            try decide(Samples.post(2, from: Samples.bob, to: Samples.ada), in: known)
                != .duplicate
        )
    }

    @Test func requestsAndContentsOfLaterVersionsAreUnsupported() throws {
        var submission = Samples.post(1)
        submission.request = .unknown
        #expect(code(try decide(submission)) == "unsupported")
        // A content whose only field is the 99th.
        let content: [UInt8] = [0x9A, 0x06, 0x00]
        submission.request = .postMessage(
            MessagePost(recipient: Samples.bob, content: content[...])
        )
        #expect(code(try decide(submission)) == "unsupported")
    }

    @Test func theKindIsThatOfTheConversationWhateverTheDeviceSays() throws {
        var submission = Samples.post(1)
        submission.kind = .group
        #expect(code(try decide(submission)) == "conversation_not_found")
        submission.kind = nil
        #expect(code(try decide(submission)) == "conversation_not_found")
        var known = Conversation(id: Samples.conversation)
        for event in try decide(Samples.post(1)).events { known.apply(event) }
        submission = Samples.post(2)
        submission.kind = nil
        #expect(try decide(submission, in: known).events.first?.kind == .direct)
        submission.kind = .channel
        #expect(code(try decide(submission, in: known)) == "invalid_conversation")
    }

    @Test func anIdMustBeAUUIDv7OfTheRightAge() throws {
        var submission = Samples.post(1)
        submission.id = SubmissionID(high: submission.id.high & ~0xF000, low: submission.id.low)
        #expect(code(try decide(submission)) == "invalid_id")
        let now = Samples.noon
        let age = Limits.submissionAgeMax
        let ahead = Limits.submissionAgeAheadMax
        let tick = Duration.milliseconds(1)
        #expect(code(try decide(Samples.post(1, idTime: now - age))) == nil)
        #expect(code(try decide(Samples.post(1, idTime: now - age - tick))) == "too_old")
        #expect(code(try decide(Samples.post(1, idTime: now + ahead))) == nil)
        #expect(code(try decide(Samples.post(1, idTime: now + ahead + tick))) == "clock_ahead")
    }

    @Test(arguments: [Int64.min, -1, 0, Int64.max])
    func noServerTimeTraps(_ milliseconds: Int64) throws {
        var submission = Samples.post(1)
        submission.serverTime = Timestamp(milliseconds: milliseconds)
        #expect(code(try decide(submission)) != nil)
    }

    @Test func aTextIsOneTo4096CharactersAnd16KiBOfUTF8() throws {
        let emoji = String(repeating: "\u{1F600}", count: 4096)
        #expect(code(try decide(Samples.post(1, emoji))) == nil)
        #expect(code(try decide(Samples.post(1, emoji + "x"))) == "message_too_long")
        #expect(code(try decide(Samples.post(1, ""))) == "invalid_message")
        var submission = Samples.post(1)
        submission.request = .postMessage(
            MessagePost(recipient: Samples.bob, text: [0x61, 0xC0, 0x80])
        )
        #expect(code(try decide(submission)) == "invalid_message")
    }

    @Test func aRepetitionIsOneWhateverItSaysNow() throws {
        let accepted = FoldedLog(keys: [Samples.post(1).key])
        #expect(try decide(Samples.post(1), accepted: accepted) == .duplicate)
        #expect(try decide(Samples.post(1, "other"), accepted: accepted) == .duplicate)
        #expect(try decide(Samples.post(1, ""), accepted: accepted) == .duplicate)
        #expect(
            code(
                try decide(Samples.post(1, from: Samples.bob, to: Samples.ada), accepted: accepted)
            )
                == nil
        )
    }

    @Test func theServerTimeNeverGoesBack() throws {
        var conversation = Conversation(id: Samples.conversation)
        var times: [Timestamp] = []
        for (tail, shift) in [0, 50, -20, 10, 60].enumerated() {
            let time = Samples.noon + .milliseconds(shift)
            guard
                case .accept(let events) = try decide(
                    Samples.post(UInt64(tail), at: time),
                    in: conversation
                )
            else { continue }
            for event in events {
                times.append(event.serverTime)
                conversation.apply(event)
            }
        }
        #expect(times.map { ($0 - Samples.noon).milliseconds } == [0, 50, 50, 50, 60])
    }

    /// Random submissions with repetitions anywhere, wrong members, times that jump and bad texts.
    @Test(arguments: UInt64(1)...20)
    func randomHistoriesAreDenseReplayAlikeAndDoubleNothing(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var submissions: [Submission] = []
        for tail in UInt64(0)..<200 {
            if let earlier = submissions.randomElement(using: &random),
                Int.random(in: 0..<3, using: &random) == 0
            {
                submissions.append(earlier)
                continue
            }
            let accounts = [Samples.ada, Samples.bob, Samples.eve]
            let sender = accounts[Int.random(in: 0..<3, using: &random)]
            let recipient = accounts[Int.random(in: 0..<3, using: &random)]
            let time = Samples.noon + .milliseconds(Int.random(in: -500...500, using: &random))
            let text = String(repeating: "x", count: Int.random(in: 0...5, using: &random))
            submissions.append(
                Samples.post(tail, from: sender, to: recipient, text, at: time)
            )
        }
        let first = try run(submissions)
        let second = try run(submissions)
        #expect(first.decisions == second.decisions, "seed \(seed)")
        #expect(first.events.map(\.seq) == first.events.indices.map { UInt64($0) + 1 })
        #expect(first.events.map(\.messageCount) == first.events.map(\.seq))
        #expect(Set(first.events.map(\.submission)).count == first.events.count)
        #expect(first.events.map(\.serverTime) == first.events.map(\.serverTime).sorted())
        // The fold of the events alone is the state that deciding left.
        var folded = Conversation(id: Samples.conversation)
        for event in first.events { folded.apply(event) }
        #expect(folded == first.state, "seed \(seed)")
        // Routed once more over the final state, whatever was accepted is a duplicate.
        for (submission, decision) in zip(submissions, first.decisions) {
            let again = try first.state.decide(
                submission,
                origin: Samples.origin(0),
                accepted: first.accepted
            )
            if case .reject = decision {
                #expect(again == decision)
            } else {
                #expect(again == .duplicate)
            }
        }
    }

    private struct Outcome {
        var state = Conversation(id: Samples.conversation)
        var accepted = FoldedLog()
        var decisions: [Decision] = []
        var events: [TimelineEvent] = []
    }

    private func run(_ submissions: [Submission]) throws -> Outcome {
        var outcome = Outcome()
        for (offset, submission) in submissions.enumerated() {
            let decision = try outcome.state.decide(
                submission,
                origin: Samples.origin(Int64(offset)),
                accepted: outcome.accepted
            )
            outcome.decisions.append(decision)
            guard case .accept(let events) = decision else { continue }
            for event in events {
                outcome.state.apply(event)
                outcome.accepted.apply(event)
            }
            outcome.events += events
        }
        return outcome
    }
}
