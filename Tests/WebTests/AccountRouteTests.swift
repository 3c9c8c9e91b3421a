import EventLog
import Events
import Foundation
import Ingest
import TestKit
import Testing
import Web

@testable import Gateway

/// Registering, and renewing tokens, over a socket.
@Suite struct AccountRouteTests {
    private let world = GatewayWorld()

    private func confirm(
        _ server: LoopbackServer,
        _ registration: (id: String, code: String)
    ) async throws -> LoopbackServer.Answer {
        try await server.post(
            "/v1/registrations/\(registration.id)/confirmation",
            #"{"code":"\#(registration.code)"}"#
        )
    }

    @Test func aPersonRegistersAndMayPost() async throws {
        try await world.serve { server in
            let begun = try await server.post(
                "/v1/registrations",
                #"{"phone":"+1 555 123 0001","name":"Ada","device_name":"phone"}"#
            )
            #expect(begun.status == 202)
            let expires = (begun.object["expires_at"] as? NSNumber)?.int64Value
            #expect(expires == (world.clock.now() + .seconds(600)).milliseconds)
            let sent = try #require(world.sender.sent.first)
            #expect(sent.address.description == "tel:+15551230001")
            #expect(begun.string("registration_id") == sent.registrationID)
            #expect(!begun.text.contains(sent.code))
            let confirmed = try await confirm(server, (sent.registrationID, sent.code))
            #expect(confirmed.status == 201)
            #expect(confirmed.string("account_id") == Samples.ada.account.description)
            #expect((confirmed.object["expires_in"] as? NSNumber)?.intValue == 900)
            let token = try #require(confirmed.string("access_token"))
            let identity = try await world.tokens.verify(accessToken: token)
            #expect(identity.account == Samples.ada.account)
            #expect(identity.device.description == confirmed.string("device_id"))
            #expect(identity.device.isUUIDv7)
            let posted = try await server.post(
                "/v1/messages",
                #"{"recipient":"\#(Samples.bobPhone)","message":"x"}"#,
                token: token
            )
            #expect(posted.status == 201)
        }
        let records = try world.log.accounts
        try #require(records.count == 2)
        #expect(records.allSatisfy { Array($0.accountID) == Samples.ada.account.bytes })
        #expect(records[0].registered.name == "Ada")
        #expect(records[1].deviceAdded.deviceName == "phone")
        #expect(
            world.log.records(.accounts).allSatisfy { $0.key == Samples.ada.account.bytes }
        )
    }

    @Test func theSameAddressIsTheSameAccountOnAnotherDevice() async throws {
        try await world.serve { server in
            let first = try await confirm(server, try await world.begin(server))
            let second = try await confirm(server, try await world.begin(server))
            #expect(first.string("account_id") == second.string("account_id"))
            #expect(first.string("device_id") != second.string("device_id"))
        }
    }

    @Test func everyCodeHasSixDigits() async throws {
        let digits = try Regex("[0-9]{6}")
        try await world.serve { server in
            for number in 0..<100 {
                _ = try await world.begin(server, phone: "+1555123\(1000 + number)")
            }
        }
        let codes = world.sender.sent.map(\.code)
        #expect(codes.count == 100)
        for code in codes { #expect(code.wholeMatch(of: digits) != nil, "\(code)") }
        #expect(Set(codes).count > 90)
        #expect(Set(world.sender.sent.map(\.registrationID)).count == 100)
    }

    @Test func afterFiveWrongCodesTheRightOneIsNoGood() async throws {
        try await world.serve { server in
            let (id, code) = try await world.begin(server)
            let wrong = code == "000000" ? "000001" : "000000"
            for left in (1...4).reversed() {
                let answer = try await confirm(server, (id, wrong))
                #expect(answer.status == 422)
                #expect(answer.problem == "wrong_code")
                #expect(answer.string("detail")?.hasSuffix("\(left)") == true)
            }
            let fifth = try await confirm(server, (id, wrong))
            #expect(fifth.status == 403)
            #expect(fifth.problem == "too_many_attempts")
            let sixth = try await confirm(server, (id, code))
            #expect(sixth.status == 404)
            #expect(sixth.problem == "registration_not_found")
            #expect(world.log.records(.accounts).isEmpty)
        }
    }

    @Test func aConfirmationWithoutACodeCostsNoAttempt() async throws {
        try await world.serve { server in
            let (id, code) = try await world.begin(server)
            for body in ["{}", #"{"code":null}"#, #"{"code":42042}"#, "[]", ""] {
                let answer = try await server.post("/v1/registrations/\(id)/confirmation", body)
                #expect(answer.status == 422, "\(body)")
                let again = try await server.post("/v1/registrations/\(id)/confirmation", body)
                #expect(again.status == 422, "\(body)")
            }
            #expect(try await confirm(server, (id, code)).status == 201)
        }
    }

    @Test func aCodeIsGoodOnceAndForTenMinutes() async throws {
        try await world.serve { server in
            let used = try await world.begin(server)
            #expect(try await confirm(server, used).status == 201)
            #expect(try await confirm(server, used).problem == "registration_not_found")
            let late = try await world.begin(server)
            world.clock.advance(by: .seconds(600))
            #expect(try await confirm(server, late).problem == "registration_not_found")
        }
    }

    @Test func registrationsThatAreNoneAreNotFound() async throws {
        let long = String(repeating: "z", count: 3000)
        try await world.serve { server in
            for id in ["x", "00000000000000000000000001", "%00", "..%2F..", long] {
                let answer = try await confirm(server, (id, "123456"))
                #expect(answer.status == 404, "\(id.prefix(30))")
                #expect(answer.problem == "registration_not_found", "\(id.prefix(30))")
            }
        }
    }

    @Test func anAddressThatAsksTooOftenWaits() async throws {
        try await world.serve { server in
            for _ in 0..<5 { _ = try await world.begin(server) }
            world.clock.advance(by: .milliseconds(500))
            let body = #"{"phone":"\#(Samples.adaPhone)"}"#
            let answer = try await server.post("/v1/registrations", body)
            #expect(answer.status == 429)
            #expect(answer.problem == "too_many_requests")
            #expect(answer.header("Retry-After") == "600")
            #expect(world.sender.sent.count == 5)
            _ = try await world.begin(server, phone: Samples.bobPhone)
            world.clock.advance(by: .milliseconds(599_500))
            #expect(try await server.post("/v1/registrations", body).status == 202)
        }
    }

    @Test func aCodeThatCannotBeSentIs503AndNoRegistration() async throws {
        try await world.serve { server in
            world.sender.isBroken = true
            let body = #"{"phone":"\#(Samples.adaPhone)"}"#
            let answer = try await server.post("/v1/registrations", body)
            #expect(answer.status == 503)
            #expect(answer.problem == "verification_unavailable")
            #expect(answer.header("Retry-After") == "10")
        }
        #expect(!world.capture.text.contains(Samples.adaPhone))
    }

    @Test func whileTheLogIsAwayTheSameCodeMayBeGivenAgain() async throws {
        try await world.serve { server in
            let registration = try await world.begin(server)
            func refused() async throws {
                let answer = try await confirm(server, registration)
                #expect(answer.status == 503)
                #expect(answer.problem == "log_unavailable")
                #expect(answer.header("Retry-After") == "1")
            }
            world.log.isReachable = false
            try await refused()
            #expect(world.log.records(.accounts).isEmpty)
            world.log.isReachable = true
            world.log.mode = .failing(.unavailable)
            // More often than there are attempts: a right code costs none.
            for _ in 0..<6 { try await refused() }
            world.log.mode = .durable
            let answer = try await confirm(server, registration)
            #expect(answer.status == 201)
            let devices = Set(
                try world.log.accounts.map(\.deviceAdded.deviceID).filter { !$0.isEmpty }
            )
            #expect(devices.count == 1, "a repeated confirmation makes the same device")
        }
    }

    @Test func aLogThatDoesNotReportIsNotWaitedForForEver() async throws {
        let accounts = AccountLog(log: world.log, clock: world.clock, devices: world.devices)
        #expect(accounts.timeout <= .milliseconds(1500))
        let world = GatewayWorld(replyTimeout: .milliseconds(60))
        try await world.serve { server in
            let registration = try await world.begin(server)
            world.log.mode = .held
            let answer = try await confirm(server, registration)
            #expect(answer.problem == "log_unavailable")
            world.log.release()
            world.log.mode = .durable
            #expect(try await confirm(server, registration).status == 201)
        }
    }

    @Test func aSecondConfirmationMeanwhileWaits() async throws {
        try await world.serve { server in
            let registration = try await world.begin(server)
            world.log.mode = .held
            async let first = confirm(server, registration)
            try await wait(for: "the first confirmation to be on its way") {
                world.log.heldCount == 2
            }
            let second = try await confirm(server, registration)
            #expect(second.status == 429)
            #expect(second.header("Retry-After") == "1")
            world.log.release()
            #expect(try await first.status == 201)
        }
    }

    // MARK: Tokens

    @Test func aRefreshTokenGetsNewTokensOfTheSameDevice() async throws {
        try await world.serve { server in
            let pair = try await world.tokens.issue(for: Samples.ada)
            world.clock.advance(by: .seconds(3600))
            world.log.isReachable = false
            let answer = try await server.post(
                "/v1/tokens",
                #"{"refresh_token":"\#(pair.refreshToken)"}"#
            )
            #expect(answer.status == 200)
            let token = try #require(answer.string("access_token"))
            #expect(try await world.tokens.verify(accessToken: token) == Samples.ada)
            let refresh = try #require(answer.string("refresh_token"))
            #expect(try await world.tokens.verify(refreshToken: refresh) == Samples.ada)
            #expect(answer.string("account_id") == Samples.ada.account.description)
        }
    }

    @Test func onlyAGoodRefreshTokenGetsNewTokens() async throws {
        try await world.serve { server in
            let pair = try await world.tokens.issue(for: Samples.ada)
            for token in ["", "x", "a.b.c", pair.accessToken, pair.refreshToken + "x"] {
                let answer = try await server.post("/v1/tokens", #"{"refresh_token":"\#(token)"}"#)
                #expect(answer.status == 401, "\(token.prefix(5))")
                #expect(answer.problem == "unauthenticated", "\(token.prefix(5))")
            }
            for body in ["{}", #"{"refresh_token":7}"#, #"{"refresh_token":null}"#] {
                let answer = try await server.post("/v1/tokens", body)
                #expect(answer.problem == "invalid_field", "\(body)")
            }
        }
    }

    @Test func nothingSecretIsLogged() async throws {
        try await world.serve { server in
            let registration = try await world.begin(server)
            let answer = try await confirm(server, registration)
            let token = try #require(answer.string("access_token"))
            let refresh = try #require(answer.string("refresh_token"))
            _ = try await server.post("/v1/tokens", #"{"refresh_token":"\#(refresh)"}"#)
            for secret in [token, refresh, Samples.adaPhone, " \(registration.code)"] {
                #expect(!world.capture.text.contains(secret))
            }
        }
    }
}
