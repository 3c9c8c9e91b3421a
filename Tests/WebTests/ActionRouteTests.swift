import Conversations
import EventLog
import Events
import Foundation
import HTTPTypes
import TestKit
import Testing
import Web

@testable import Gateway

/// Calls that put something to the router.
@Suite struct ActionRouteTests {
    private let world = GatewayWorld()

    @Test func thereIsASampleForEveryCallThatActs() {
        let routes = GatewayRoutes.table.filter { $0.effect == .action }
        let sampled = Set(ActionSample.all.map { "\($0.method) \($0.route)" })
        #expect(sampled == Set(routes.map { "\($0.method.rawValue) \($0.path)" }))
    }

    @Test func everyCallAppendsWhatItAsksForAndNothingElse() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for (number, sample) in ActionSample.all.enumerated() {
                let id = Samples.id(at: world.clock.now(), number: UInt64(number))
                let answer = try await server.send(
                    sample.method,
                    sample.path,
                    .text(sample.body(id)),
                    token: token
                )
                let what: Comment =
                    "\(sample.method) \(sample.path) \(sample.members): \(answer.text)"
                let conversation = sample.conversation ?? ConversationID(high: id.high, low: id.low)
                #expect(answer.status == 202, what)
                #expect(answer.string("submission_id") == id.description, what)
                #expect(answer.string("conversation_id") == conversation.description, what)
                let time = (answer.object["server_timestamp"] as? NSNumber)?.int64Value
                #expect(time == world.clock.now().milliseconds, what)
                let records = world.log.records(.submissions)
                #expect(records.count == number + 1, what)
                #expect(records.last?.key == conversation.bytes, what)
                let submission = try #require(try world.log.decodedSubmissions.last, what)
                #expect(submission.id == id, what)
                #expect(submission.conversation == conversation, what)
                #expect(submission.kind == sample.kind, what)
                #expect(submission.sender == Samples.ada.account, what)
                #expect(submission.device == Samples.ada.device, what)
                #expect(submission.serverTime == world.clock.now(), what)
                #expect(submission.clientTime.milliseconds == 0, what)
                guard case .act(let action) = submission.request else {
                    Issue.record("no action: \(what)")
                    continue
                }
                #expect(action == sample.action(id), what)
            }
        }
    }

    @Test func theSameIdTwiceIsOneSubmissionAndOneAnswer() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for (number, sample) in ActionSample.all.enumerated() {
                let body = sample.body(Samples.id(at: world.clock.now(), number: UInt64(number)))
                let before = world.log.records(.submissions).count
                var answers: [Data] = []
                for _ in 0..<2 {
                    let answer = try await server.send(
                        sample.method,
                        sample.path,
                        .text(body),
                        token: token
                    )
                    #expect(answer.status == 202, "\(sample.path)")
                    answers.append(answer.body)
                }
                #expect(answers[0] == answers[1], "\(sample.path)")
                #expect(world.log.records(.submissions).count == before + 1, "\(sample.path)")
            }
        }
    }

    @Test func aRepeatedInviteIsTheSameInviteEvenToAnotherGateway() async throws {
        let id = Samples.id(at: world.clock.now())
        let path = "/v1/conversations/\(ActionSample.group)/invites"
        var tokens: Set<String> = []
        for world in [world, GatewayWorld()] {
            try await world.serve { server in
                let answer = try await server.post(
                    path,
                    #"{"id":"\#(id)"}"#,
                    token: try await world.token()
                )
                tokens.insert(try #require(answer.string("token")))
            }
        }
        #expect(tokens.count == 1)
        let token = try #require(tokens.first.flatMap { InviteToken($0) })
        #expect(token.conversation == ActionSample.group)
    }

    @Test func invitesOfTwoSubmissionsHaveNothingInCommon() async throws {
        try await world.serve { server in
            let path = "/v1/conversations/\(ActionSample.group)/invites"
            var secrets: Set<InviteSecret> = []
            for identity in [Samples.ada, Samples.bob] {
                let token = try await world.token(identity)
                for number in 1...2 as ClosedRange<UInt64> {
                    let id = Samples.id(at: world.clock.now(), number: number)
                    let answer = try await server.post(path, #"{"id":"\#(id)"}"#, token: token)
                    let text = try #require(answer.string("token"))
                    secrets.insert(try #require(InviteToken(text)).secret)
                }
            }
            #expect(secrets.count == 4)
        }
    }

    @Test func aCallWithoutABodyIsAsGoodAsAnEmptyObject() async throws {
        try await world.serve { server in
            let token = try await world.token()
            let bodyless = ActionSample.all.filter(\.members.isEmpty)
            #expect(bodyless.count >= 10)
            for sample in bodyless {
                for body in [LoopbackServer.Body.none, .text("{}")] {
                    let answer = try await server.send(
                        sample.method,
                        sample.path,
                        body,
                        token: token
                    )
                    #expect(answer.status == 202, "\(sample.method) \(sample.path)")
                }
            }
            let ids = try world.log.decodedSubmissions.map(\.id)
            #expect(ids.count == 2 * bodyless.count)
            #expect(Set(ids).count == ids.count)
            #expect(ids.allSatisfy { $0.isUUIDv7 })
        }
    }

    @Test func theDevicesTimeIsKept() async throws {
        try await world.serve { server in
            let path = "/v1/conversations/\(ActionSample.group)/leave"
            let body = #"{"client_timestamp":1767225599000}"#
            let answer = try await server.post(path, body, token: try await world.token())
            #expect(answer.status == 202)
            let submission = try #require(try world.log.decodedSubmissions.first)
            #expect(submission.clientTime.milliseconds == 1_767_225_599_000)
        }
    }

    @Test func aLogThatIsAwayIs503WithRetryAfter() async throws {
        try await world.serve { server in
            let token = try await world.token()
            world.log.isReachable = false
            for sample in ActionSample.all {
                let answer = try await server.send(
                    sample.method,
                    sample.path,
                    .text(sample.body(Samples.id(at: world.clock.now()))),
                    token: token
                )
                #expect(answer.problem == "log_unavailable", "\(sample.path)")
                #expect(answer.header("Retry-After") == "1", "\(sample.path)")
            }
            #expect(world.log.records(.submissions).isEmpty)
        }
    }
}
