import Accounts
import EventLog
import Events
import Foundation
import Ingest
import TestKit
import Testing
import Web

@testable import Gateway

/// Devices: how many, removing them, linking further ones.
@Suite struct DeviceRouteTests {
    private let world = GatewayWorld()

    private func device(_ number: UInt64) -> Identity {
        Identity(account: Samples.ada.account, device: DeviceID(high: 0xADA, low: number))
    }

    private func link(
        _ server: LoopbackServer,
        by maker: Identity = Samples.ada
    ) async throws
        -> String
    {
        let answer = try await server.post(
            "/v1/devices/links",
            "{}",
            token: try await world.token(maker)
        )
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer.string("link_token"))
    }

    private func accept(
        _ server: LoopbackServer,
        _ token: String,
        _ more: String = ""
    ) async throws -> LoopbackServer.Answer {
        try await server.post(
            "/v1/devices/links/acceptance",
            #"{"link_token":"\#(token)"\#(more)}"#
        )
    }

    private func confirm(
        _ server: LoopbackServer,
        _ registration: (id: String, code: String)
    ) async throws -> LoopbackServer.Answer {
        try await server.post(
            "/v1/registrations/\(registration.id)/confirmation",
            #"{"code":"\#(registration.code)"}"#
        )
    }

    // MARK: Removing

    @Test func aRemovedDeviceIsOutAtOnceAndForGood() async throws {
        let other = device(2)
        world.add(Samples.ada, other)
        try await world.serve { server in
            let token = try await world.token()
            let pair = try await world.tokens.issue(for: other)
            func connect() async throws -> String? {
                try await server.send("GET", "/v1/connect", token: pair.accessToken).problem
            }
            #expect(try await connect() == "no_route")
            let path = "/v1/devices/\(other.device)"
            #expect(try await server.send("DELETE", path, token: token).status == 202)
            #expect(try await connect() == "device_removed")
            let refresh = #"{"refresh_token":"\#(pair.refreshToken)"}"#
            let refreshed = try await server.post("/v1/tokens", refresh)
            #expect(refreshed.status == 401)
            #expect(refreshed.problem == "device_removed")
            #expect(refreshed.string("access_token") == nil)
            // It is not the account's any more.
            #expect(try await server.send("DELETE", path, token: token).problem == "not_found")
            #expect(world.log.records(.accounts).count == 1)
        }
    }

    @Test func aDeviceRemovesItself() async throws {
        world.add(Samples.ada)
        try await world.serve { server in
            let token = try await world.token()
            let path = "/v1/devices/\(Samples.ada.device)"
            #expect(try await server.send("DELETE", path, token: token).status == 202)
            #expect(try await server.send("DELETE", path, token: token).problem == "device_removed")
        }
    }

    // MARK: How many

    @Test func anAccountHasEightDevicesAndRoomAgainWhenOneIsRemoved() async throws {
        try await world.serve { server in
            for _ in 0..<3 {
                let answer = try await confirm(server, try await world.begin(server))
                #expect(answer.status == 201)
            }
            for number in 4...8 as ClosedRange<UInt64> { world.add(device(number)) }
            let oldest = try #require(world.devices.devices(of: Samples.ada.account).first)
            let ninth = try await world.begin(server)
            #expect(try await confirm(server, ninth).status == 201)
            // Whoever has lost all of them could remove none: the one that came first goes.
            let changes = try world.log.accountEvents.map(\.change)
            #expect(changes.count == 6 + 3)
            #expect(changes[6] == .deviceRemoved(oldest))
            let devices = world.devices.devices(of: Samples.ada.account)
            #expect(devices.count == 8)
            #expect(!devices.contains(oldest))
            let path = "/v1/devices/\(device(5).device)"
            let token = try await world.token(device(6))
            #expect(try await server.send("DELETE", path, token: token).status == 202)
            #expect(try await confirm(server, try await world.begin(server)).status == 201)
            #expect(world.devices.devices(of: Samples.ada.account).count == 8)
        }
    }

    @Test func registrationsThatMeetDoNotExceedTheLimit() async throws {
        for number in 1...7 as ClosedRange<UInt64> { world.add(device(number)) }
        try await world.serve { server in
            let first = try await world.begin(server)
            let second = try await world.begin(server)
            world.log.mode = .held
            async let one = confirm(server, first)
            try await wait(for: "the first to be on its way") { world.log.heldCount == 2 }
            // The first has taken the last place.
            async let other = confirm(server, second)
            try await wait(for: "the second, with a removal") { world.log.heldCount == 5 }
            world.log.release()
            #expect(try await one.status == 201)
            #expect(try await other.status == 201)
            let devices = world.devices.devices(of: Samples.ada.account)
            #expect(devices.count == 8)
            #expect(!devices.contains(device(1).device))
        }
    }

    @Test func theSameDeviceAgainCountsOnce() async throws {
        let world = GatewayWorld(replyTimeout: .milliseconds(60))
        for number in 1...7 as ClosedRange<UInt64> { world.add(device(number)) }
        try await world.serve { server in
            let registration = try await world.begin(server)
            world.log.mode = .held
            #expect(try await confirm(server, registration).problem == "log_unavailable")
            // It is in the log nevertheless, and the follower reads it.
            let events = try world.log.accountEvents
            #expect(events.count == 2)
            for event in events { world.devices.apply(event) }
            #expect(world.devices.devices(of: Samples.ada.account).count == 8)
            world.log.mode = .durable
            #expect(try await confirm(server, registration).status == 201)
            #expect(world.devices.devices(of: Samples.ada.account).count == 8)
        }
    }

    @Test func linkingKeepsToTheLimitAtBothEnds() async throws {
        for number in 1...7 as ClosedRange<UInt64> { world.add(device(number)) }
        try await world.serve { server in
            let (first, second) = (try await link(server), try await link(server))
            #expect(try await accept(server, first).status == 201)
            let refused = try await accept(server, second)
            #expect(refused.status == 409)
            #expect(refused.problem == "too_many_devices")
            let third = try await server.post(
                "/v1/devices/links",
                "",
                token: try await world.token()
            )
            #expect(third.problem == "too_many_devices")
            world.remove(device(7))
            #expect(try await accept(server, second).status == 201)
        }
    }

    // MARK: Links

    @Test func aLinkMakesADeviceOfTheAccount() async throws {
        world.add(Samples.ada)
        try await world.serve { server in
            let made = try await server.send(
                "POST",
                "/v1/devices/links",
                token: try await world.token()
            )
            #expect(made.status == 201)
            #expect(Set(made.object.keys) == ["link_token", "expires_at"])
            let expires = (made.object["expires_at"] as? NSNumber)?.int64Value
            #expect(expires == (world.clock.now() + .seconds(300)).milliseconds)
            #expect(world.log.records(.accounts).isEmpty)
            let token = try #require(made.string("link_token"))
            let answer = try await accept(server, token, #","device_name":"tablet""#)
            #expect(answer.status == 201)
            #expect(
                Set(answer.object.keys) == [
                    "account_id", "device_id", "access_token", "refresh_token", "expires_in",
                ]
            )
            let access = try #require(answer.string("access_token"))
            let identity = try await world.tokens.verify(accessToken: access)
            #expect(identity.account == Samples.ada.account)
            #expect(identity.device != Samples.ada.device)
            #expect(identity.device.isUUIDv7)
            #expect(answer.string("device_id") == identity.device.description)
            #expect(
                try world.log.accountEvents == [
                    AccountEvent(
                        account: Samples.ada.account,
                        device: Samples.ada.device,
                        serverTime: world.clock.now(),
                        change: .deviceAdded(identity.device, name: "tablet")
                    )
                ]
            )
            #expect(world.devices.devices(of: Samples.ada.account).last == identity.device)
            #expect(!world.capture.text.contains(token))
            #expect(!world.capture.text.contains(access))
        }
    }

    @Test func aLinkIsGoodOnceAndForFiveMinutes() async throws {
        try await world.serve { server in
            let used = try await link(server)
            #expect(try await accept(server, used).status == 201)
            #expect(try await accept(server, used).problem == "link_not_found")
            let late = try await link(server)
            world.clock.advance(by: .seconds(300))
            let answer = try await accept(server, late)
            #expect(answer.status == 404)
            #expect(answer.problem == "link_not_found")
            #expect(world.log.records(.accounts).count == 1)
        }
    }

    @Test func whatIsNoLinkTokenIsNotFound() async throws {
        try await world.serve { server in
            let pair = try await world.tokens.issue(for: Samples.ada)
            // Signed as it should be, and made by another gateway, or this one before it was started again.
            let foreign = try await world.tokens.issueLink(for: device(9)).token
            let long = String(repeating: "x", count: 2000)
            for token in ["", "x", "a.b.c", long, pair.accessToken, pair.refreshToken, foreign] {
                let answer = try await accept(server, token)
                #expect(answer.status == 404, "\(token.prefix(10))")
                #expect(answer.problem == "link_not_found", "\(token.prefix(10))")
            }
            #expect(world.log.records(.accounts).isEmpty)
        }
    }

    @Test func anAcceptanceIsReadBeforeTheLinkIsTouched() async throws {
        try await world.serve { server in
            let token = try await link(server)
            let path = "/v1/devices/links/acceptance"
            for body in ["{}", #"{"link_token":7}"#, #"{"link_token":null}"#] {
                #expect(try await server.post(path, body).problem == "invalid_field", "\(body)")
            }
            for body in ["", "[]", "x"] {
                #expect(try await server.post(path, body).problem == "invalid_json", "\(body)")
            }
            let names = [#""a\nb""#, "7", #""\#(String(repeating: "x", count: 65))""#]
            for name in names {
                let answer = try await accept(server, token, #","device_name":\#(name)"#)
                #expect(answer.problem == "invalid_name", "\(name)")
            }
            #expect(world.log.records(.accounts).isEmpty)
            #expect(try await accept(server, token).status == 201)
        }
    }

    @Test func whileTheLogIsAwayTheSameLinkMayBeGivenAgain() async throws {
        try await world.serve { server in
            let token = try await link(server)
            func refused() async throws {
                let answer = try await accept(server, token)
                #expect(answer.status == 503)
                #expect(answer.problem == "log_unavailable")
                #expect(answer.header("Retry-After") == "1")
            }
            world.log.isReachable = false
            try await refused()
            world.log.isReachable = true
            world.log.mode = .failing(.unavailable)
            for _ in 0..<3 { try await refused() }
            world.log.mode = .durable
            let answer = try await accept(server, token)
            #expect(answer.status == 201)
            let devices = Set(try world.log.accounts.map(\.deviceAdded.deviceID))
            #expect(devices.count == 1, "a repeated acceptance makes the same device")
        }
    }

    @Test func aSecondAcceptanceMeanwhileWaits() async throws {
        try await world.serve { server in
            let token = try await link(server)
            world.log.mode = .held
            async let first = accept(server, token)
            try await wait(for: "the first to be on its way") { world.log.heldCount == 1 }
            let second = try await accept(server, token)
            #expect(second.status == 429)
            #expect(second.header("Retry-After") == "1")
            world.log.release()
            #expect(try await first.status == 201)
        }
    }

    @Test func aLinkDiesWithTheDeviceThatMadeIt() async throws {
        let thief = device(2)
        world.add(Samples.ada, thief)
        try await world.serve { server in
            let token = try await link(server, by: thief)
            let path = "/v1/devices/\(thief.device)"
            let removed = try await server.send("DELETE", path, token: try await world.token())
            #expect(removed.status == 202)
            #expect(try await accept(server, token).problem == "link_not_found")
            let again = try await server.post(
                "/v1/devices/links",
                "{}",
                token: try await world.token(thief)
            )
            #expect(again.problem == "device_removed")
            #expect(world.devices.devices(of: Samples.ada.account) == [Samples.ada.device])
        }
    }

    @Test func anAccountMakesTwentyLinksInFiveMinutes() async throws {
        try await world.serve { server in
            for _ in 0..<20 { _ = try await link(server) }
            world.clock.advance(by: .milliseconds(500))
            let answer = try await server.post(
                "/v1/devices/links",
                "{}",
                token: try await world.token()
            )
            #expect(answer.status == 429)
            #expect(answer.problem == "too_many_requests")
            #expect(answer.header("Retry-After") == "300")
            _ = try await link(server, by: Samples.bob)
            world.clock.advance(by: .milliseconds(299_500))
            _ = try await link(server)
        }
    }
}
