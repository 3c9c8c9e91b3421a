import Accounts
import EventLog
import Events
import Foundation
import HTTPTypes
import Ingest
import TestKit
import Testing
import Web

@testable import Gateway

/// Calls by which an account changes something about itself.
@Suite struct PersonalRouteTests {
    private let world = GatewayWorld()

    init() {
        world.add(Samples.ada, PersonalSample.other)
    }

    private func send(
        _ sample: PersonalSample,
        to server: LoopbackServer,
        token: String
    ) async throws -> LoopbackServer.Answer {
        try await server.send(
            sample.method,
            sample.path,
            sample.body.isEmpty ? .none : .text(sample.body),
            token: token
        )
    }

    @Test func thereIsASampleForEveryCallThatIsPersonal() {
        let routes = GatewayRoutes.table.filter { $0.effect == .personal }
        var sampled = Set(PersonalSample.all.map { "\($0.method) \($0.route)" })
        // A row of its own: it also takes messages away from everyone.
        #expect(sampled.remove("DELETE /v1/messages/{id}") != nil)
        #expect(sampled == Set(routes.map { "\($0.method.rawValue) \($0.path)" }))
    }

    @Test func whoChangesTooMuchWaitsAndCanTakeADeviceAwayAllTheSame() async throws {
        try await world.serve { server in
            let token = try await world.token()
            func change(_ token: String) async throws -> LoopbackServer.Answer {
                let body = #"{"presence":"nobody"}"#
                return try await server.send("PATCH", "/v1/privacy", .text(body), token: token)
            }
            for _ in 0..<Limits.accountChangesMax {
                #expect(try await change(token).status == 202)
            }
            let refused = try await change(token)
            #expect(refused.status == 429)
            #expect(refused.problem == "too_many_requests")
            #expect(refused.header("Retry-After") != nil)
            #expect(world.log.records(.accounts).count == Limits.accountChangesMax)
            #expect(try await change(world.token(Samples.bob)).status == 202)
            let path = "/v1/devices/\(PersonalSample.other.device)"
            #expect(try await server.send("DELETE", path, token: token).status == 202)
        }
    }

    @Test func everyCallAppendsWhatItChangesAndNothingElse() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for (number, sample) in PersonalSample.all.enumerated() {
                let answer = try await send(sample, to: server, token: token)
                let what: Comment = "\(sample.method) \(sample.path) \(answer.text)"
                #expect(answer.status == 202, what)
                #expect(Set(answer.object.keys) == ["server_timestamp"], what)
                let time = (answer.object["server_timestamp"] as? NSNumber)?.int64Value
                #expect(time == world.clock.now().milliseconds, what)
                #expect(world.log.records(.accounts).count == number + 1, what)
                #expect(world.log.records(.accounts).last?.key == Samples.ada.account.bytes, what)
                #expect(
                    try world.log.accountEvents.last
                        == AccountEvent(
                            account: Samples.ada.account,
                            device: Samples.ada.device,
                            serverTime: world.clock.now(),
                            change: sample.change
                        ),
                    what
                )
                world.clock.advance(by: .milliseconds(1))
            }
        }
        #expect(world.log.records(.submissions).isEmpty)
    }

    @Test func whatWasAskedTwiceIsWrittenTwiceAndMeansTheSame() async throws {
        try await world.serve { server in
            let token = try await world.token()
            for sample in PersonalSample.all where !sample.route.contains("{device}") {
                for _ in 0..<2 {
                    #expect(try await send(sample, to: server, token: token).status == 202)
                }
            }
            let changes = try world.log.accountEvents.map(\.change)
            for place in stride(from: 0, to: changes.count, by: 2) {
                #expect(changes[place] == changes[place + 1])
            }
        }
    }

    @Test func aLogThatIsAwayIs503WithRetryAfterAndNothingHappens() async throws {
        try await world.serve { server in
            let token = try await world.token()
            func refused(_ mode: String) async throws {
                for sample in PersonalSample.all {
                    let answer = try await send(sample, to: server, token: token)
                    #expect(answer.status == 503, "\(mode) \(sample.path)")
                    #expect(answer.problem == "log_unavailable", "\(mode) \(sample.path)")
                    #expect(answer.header("Retry-After") == "1", "\(mode) \(sample.path)")
                }
            }
            world.log.isReachable = false
            try await refused("away")
            #expect(world.log.records(.accounts).isEmpty)
            world.log.isReachable = true
            world.log.mode = .failing(.queueFull)
            try await refused("full")
            // What did not get into the log has no effect here either.
            #expect(!world.devices.isRemoved(PersonalSample.other))
            #expect(world.devices.devices(of: Samples.ada.account).count == 2)
        }
    }

    @Test func aLogThatDoesNotReportIs503AndTheSameAgainSettlesIt() async throws {
        let world = GatewayWorld(replyTimeout: .milliseconds(60))
        world.add(Samples.ada, PersonalSample.other)
        try await world.serve { server in
            let token = try await world.token()
            let path = "/v1/devices/\(PersonalSample.other.device)"
            world.log.mode = .held
            #expect(try await server.send("DELETE", path, token: token).status == 503)
            world.log.mode = .durable
            #expect(try await server.send("DELETE", path, token: token).status == 202)
            // The first came through as well, only later than the answer.
            world.log.release()
            #expect(world.devices.isRemoved(PersonalSample.other))
        }
    }

    @Test func awayForEveryoneIsAnotherThingThanForMe() async throws {
        try await world.serve { server in
            let token = try await world.token()
            let path = PersonalSample.message + ActionSample.ofConversation
            for query in ["", "&for=everyone"] {
                let answer = try await server.send("DELETE", path + query, token: token)
                #expect(answer.status == 202)
                #expect(answer.string("submission_id") != nil)
            }
            #expect(world.log.records(.submissions).count == 2)
            #expect(world.log.records(.accounts).isEmpty)
            for who in ["", "Me", "you", "me%20", "everyone,me"] {
                let answer = try await server.send("DELETE", path + "&for=\(who)", token: token)
                #expect(answer.problem == "invalid_parameter", "\(who)")
            }
            #expect(world.log.records(.submissions).count == 2)
            #expect(world.log.records(.accounts).isEmpty)
        }
    }
}
