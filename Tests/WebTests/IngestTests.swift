import EventLog
import Events
import Ingest
import Synchronization
import TestKit
import Testing
import Web

/// What becomes of requests on their way into the log.
@Suite struct IngestTests {
    private let world = IngestWorld()

    // MARK: Accepted

    @Test func whatIsAcceptedIsInTheLogAsItWasAsked() throws {
        let id = Samples.id(at: world.clock.now())
        let accepted = try world.accepted(
            MessageRequest(
                id: id.description,
                recipient: "+1 (555) 123-0002",
                message: "Where does the swift sleep?",
                clientTimestamp: 1_767_225_599_000
            )
        )
        let conversation = ConversationID(
            directBetween: Samples.ada.account,
            and: Samples.bob.account
        )
        #expect(accepted.messageID == id)
        #expect(accepted.conversationID == conversation)
        #expect(accepted.serverTimestamp == world.clock.now())
        let record = try #require(world.log.records(.submissions).first)
        #expect(record.key == conversation.bytes)
        #expect(record.partition == nil)
        let submission = try #require(try world.log.submissions.first)
        #expect(Array(submission.submissionID) == id.bytes)
        #expect(Array(submission.conversationID) == conversation.bytes)
        #expect(submission.conversationKind == .direct)
        #expect(Array(submission.sender) == Samples.ada.account.bytes)
        #expect(Array(submission.deviceID) == Samples.ada.device.bytes)
        #expect(submission.serverTimeMs == world.clock.now().milliseconds)
        #expect(submission.clientTimeMs == 1_767_225_599_000)
        #expect(Array(submission.postMessage.recipient) == Samples.bob.account.bytes)
        #expect(submission.postMessage.content.text.text == "Where does the swift sleep?")
    }

    @Test func withoutAnIdOneIsMade() throws {
        let first = try world.accepted(world.request(id: nil))
        let second = try world.accepted(world.request(id: nil))
        #expect(first.messageID != second.messageID)
        #expect(first.messageID.isUUIDv7)
        #expect(first.messageID.uuidTimestamp == world.clock.now())
        #expect(world.log.records(.submissions).count == 2)
    }

    @Test func theAnswerIsNotGivenBeforeTheLogsReport() throws {
        world.log.mode = .held
        let answers = world.submit(world.request())
        #expect(answers.all.isEmpty)
        #expect(world.log.heldCount == 1)
        world.log.release()
        #expect(try answers.only().get().messageID == world.id)
    }

    // MARK: The same id again

    @Test func theSameIdGetsTheSameAnswerAndNoSecondRecord() throws {
        let first = try world.accepted(world.request())
        world.clock.advance(by: .seconds(5))
        #expect(try world.accepted(world.request()) == first)
        #expect(world.log.records(.submissions).count == 1)
    }

    @Test func theSameIdOfAnotherAccountIsAnotherMessage() throws {
        _ = try world.accepted(world.request())
        let theirs = try world.accepted(
            world.request(recipient: Samples.adaPhone),
            from: Samples.bob
        )
        #expect(theirs.messageID == world.id)
        #expect(world.log.records(.submissions).count == 2)
    }

    @Test func theSameIdInAnotherConversationIsAnotherSubmission() throws {
        let first = try world.accepted(world.request())
        let second = try world.accepted(world.request(recipient: "+15551230077"))
        #expect(second.conversationID != first.conversationID)
        #expect(world.log.records(.submissions).count == 2)
    }

    @Test func theSameIdGetsTheSameAnswerWhileTheLogIsAway() throws {
        let first = try world.accepted(world.request())
        world.log.isReachable = false
        #expect(try world.accepted(world.request()) == first)
    }

    @Test func twoPostsOfOneIdAtTheSameTimeGetTheSameAnswer() throws {
        world.log.mode = .held
        let first = world.submit(world.request())
        world.clock.advance(by: .milliseconds(700))
        let second = world.submit(world.request())
        world.log.release()
        let answer = try first.only().get()
        #expect(try second.only().get() == answer)
        #expect(try world.accepted(world.request()) == answer)
    }

    @Test func anIdThatWasNotAcceptedIsNotRemembered() throws {
        world.log.mode = .failing(.unavailable)
        #expect(world.refusal(world.request()) == .logUnavailable)
        world.log.mode = .durable
        world.clock.advance(by: .seconds(1))
        #expect(try world.accepted(world.request()).serverTimestamp == world.clock.now())
    }

    @Test func afterSoManyOthersAnIdIsForgottenAndTheLogGetsItAgain() throws {
        let world = IngestWorld { $0.rememberedMax = 4 }
        let first = try world.accepted(world.request())
        for _ in 0..<4 { _ = try world.accepted(world.request(id: nil)) }
        world.clock.advance(by: .seconds(1))
        let again = try world.accepted(world.request())
        #expect(again.messageID == first.messageID)
        #expect(again.serverTimestamp == world.clock.now())
        #expect(world.log.records(.submissions).count == 6)
    }

    // MARK: The log is away

    @Test func aLogThatIsKnownToBeAwayIsNotWaitedFor() throws {
        world.log.isReachable = false
        let answers = world.submit(world.request())
        // Answered before `submit` came back: no time has passed at all.
        let problem = try #require(answers.only().failure)
        #expect(problem.code == .logUnavailable)
        #expect(problem.code.status == 503)
        #expect(problem.retryAfterSeconds == 1)
        #expect(world.log.records(.submissions).isEmpty)
    }

    @Test func theTimeToWaitForAReportLeavesRoomWithinTwoSeconds() {
        #expect(Ingest.Options().replyTimeout <= .milliseconds(1500))
    }

    @Test func aReportThatDoesNotComeIsAnsweredLogUnavailable() async throws {
        let world = IngestWorld { $0.replyTimeout = .milliseconds(50) }
        world.log.mode = .held
        do {
            _ = try await world.ingest.submit(world.request(), from: Samples.ada)
            Issue.record("was accepted")
        } catch {
            #expect(error.code == .logUnavailable)
            #expect(error.retryAfterSeconds == 1)
        }
    }

    @Test func aReportThatComesTooLateIsNoSecondAnswerButIsRemembered() async throws {
        let world = IngestWorld { $0.replyTimeout = .milliseconds(50) }
        world.log.mode = .held
        let time = world.clock.now()
        let answers = world.submit(world.request())
        await answers.wait(for: 1)
        #expect(try answers.only().failure?.code == .logUnavailable)
        world.log.release()
        #expect(answers.all.count == 1)
        world.clock.advance(by: .seconds(1))
        let again = try world.accepted(world.request())
        #expect(again.serverTimestamp == time)
        #expect(world.log.records(.submissions).count == 1)
    }

    @Test func everyOneOfManyWhoWaitIsAnsweredOnce() async throws {
        let world = IngestWorld { $0.replyTimeout = .milliseconds(60) }
        world.log.mode = .held
        let answers = (0..<500).map { _ in world.submit(world.request(id: nil)) }
        for one in answers { await one.wait(for: 1) }
        world.log.release()
        for one in answers {
            #expect(one.all.count == 1)
            #expect(try one.only().failure?.code == .logUnavailable)
        }
    }

    @Test func whateverTheProducerSaysTheClientMayTryAgain() throws {
        let codes: [EventLogError.Code] = [
            .unavailable, .queueFull, .closed, .unknownTopic, .recordTooLarge, .fatal, .other,
        ]
        for code in codes {
            world.log.mode = .failing(code)
            let problem = try #require(try world.submit(world.request()).only().failure)
            #expect(problem.code == .logUnavailable, "\(code)")
            #expect(problem.retryAfterSeconds == 1, "\(code)")
        }
    }

    // MARK: Bounds

    @Test func submissionsOnTheirWayAreBounded() throws {
        let world = IngestWorld { $0.inFlightMax = 3 }
        world.log.mode = .held
        let waiting = (0..<3).map { _ in world.submit(world.request(id: nil)) }
        #expect(world.refusal(world.request(id: nil)) == .logUnavailable)
        #expect(world.log.records(.submissions).count == 3)
        world.log.release()
        for one in waiting { _ = try one.only().get() }
        world.log.mode = .durable
        for _ in 0..<10 { _ = try world.accepted(world.request(id: nil)) }
    }

    @Test func aTimeOutMakesNoRoomForTheRecordIsStillOnItsWay() async throws {
        let world = IngestWorld {
            $0.inFlightMax = 1
            $0.replyTimeout = .milliseconds(50)
        }
        world.log.mode = .held
        await world.submit(world.request(id: nil)).wait(for: 1)
        #expect(world.refusal(world.request(id: nil)) == .logUnavailable)
        #expect(world.log.records(.submissions).count == 1)
        world.log.release(.unavailable)
        world.log.mode = .durable
        _ = try world.accepted(world.request(id: nil))
    }

    @Test func whatIsRefusedTakesNoRoom() throws {
        let world = IngestWorld { $0.inFlightMax = 1 }
        for _ in 0..<5 {
            #expect(world.refusal(world.request(message: "")) == .invalidMessage)
            world.log.mode = .failing(.queueFull)
            #expect(world.refusal(world.request(id: nil)) == .logUnavailable)
            world.log.mode = .durable
            _ = try world.accepted(world.request(id: nil))
        }
    }

    @Test func noTextGetsIntoALogEntry() {
        world.log.mode = .failing(.fatal)
        _ = world.submit(world.request(message: "needle"))
        _ = world.submit(world.request(recipient: "needle", message: "needle"))
        world.log.isReachable = false
        _ = world.submit(world.request(message: "needle"))
        #expect(!world.capture.text.contains("needle"))
        #expect(!world.capture.text.contains(Samples.bobPhone))
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
