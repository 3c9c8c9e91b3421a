import Accounts
import Events
import Ingest
import TestKit
import Testing
import Web

@Suite struct DeviceTokenVerifierTests {
    private let clock = ManualClock()
    private let authority: TokenAuthority
    private let devices = DeviceRegistry()
    private let verifier: DeviceTokenVerifier

    init() {
        authority = TokenAuthority(keys: Samples.keys, clock: clock)
        verifier = DeviceTokenVerifier(authority: authority, devices: devices)
    }

    private func remove(_ identity: Identity) {
        devices.apply(
            AccountEvent(
                account: identity.account,
                device: nil,
                serverTime: clock.now(),
                change: .deviceRemoved(identity.device)
            )
        )
    }

    @Test func aRemovedDevicesTokensAreRefusedWhateverTheCacheSays() async throws {
        devices.complete()
        let pair = try await authority.issue(for: Samples.ada)
        #expect(try await verifier.verify(accessToken: pair.accessToken) == Samples.ada)
        #expect(try verifier.cached(accessToken: pair.accessToken) == Samples.ada)
        #expect(try await verifier.verify(refreshToken: pair.refreshToken) == Samples.ada)
        remove(Samples.ada)
        await #expect(throws: Problem.deviceRemoved) {
            try await verifier.verify(accessToken: pair.accessToken)
        }
        #expect(throws: Problem.deviceRemoved) {
            try verifier.cached(accessToken: pair.accessToken)
        }
        await #expect(throws: Problem.deviceRemoved) {
            try await verifier.verify(refreshToken: pair.refreshToken)
        }
        // Whose token was good when the request began.
        #expect(throws: Problem.deviceRemoved) { try verifier.admit(Samples.ada) }
        #expect(try verifier.admit(Samples.bob) == Samples.bob)
        let bob = try await authority.issue(for: Samples.bob)
        #expect(try await verifier.verify(accessToken: bob.accessToken) == Samples.bob)
    }

    @Test func nobodyPassesUntilItIsKnownWhoWasRemoved() async throws {
        let pair = try await authority.issue(for: Samples.ada)
        _ = try await authority.verify(accessToken: pair.accessToken)
        #expect(Problem.devicesUnknown.code == .logUnavailable)
        await #expect(throws: Problem.devicesUnknown) {
            try await verifier.verify(accessToken: pair.accessToken)
        }
        #expect(throws: Problem.devicesUnknown) {
            try verifier.cached(accessToken: pair.accessToken)
        }
        await #expect(throws: Problem.devicesUnknown) {
            try await verifier.verify(refreshToken: pair.refreshToken)
        }
        await #expect(throws: Problem.unauthenticated) {
            try await verifier.verify(accessToken: "x")
        }
        #expect(try verifier.cached(accessToken: "x") == nil)
        devices.complete()
        #expect(try await verifier.verify(accessToken: pair.accessToken) == Samples.ada)
    }

    @Test func aDeviceThatIsInNoRecordIsNotRemoved() async throws {
        // Tokens are older than the records of devices: what is not known to be removed is let in.
        devices.complete()
        let pair = try await authority.issue(for: Samples.bob)
        #expect(try await verifier.verify(accessToken: pair.accessToken) == Samples.bob)
    }
}
