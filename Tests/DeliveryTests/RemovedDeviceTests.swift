import Accounts
import EventLog
import Events
import Foundation
import Ingest
import NIOEmbedded
import SwiftProtobuf
import Testing
import Web

@testable import Delivery

@Suite struct RemovedDeviceTests {
    private func remove(_ identity: Identity, _ delivery: TestDelivery) {
        delivery.registry.apply(
            AccountEvent(
                account: identity.account,
                device: nil,
                serverTime: Timestamp(milliseconds: 1),
                change: .deviceRemoved(identity.device)
            )
        )
        delivery.loop.run()
    }

    @Test func theSocketsOfARemovedDeviceAreClosedAtOnceAndOthersAreNot() throws {
        let delivery = try TestDelivery()
        let tablet = Identity(account: delivery.ada.account, device: DeviceID(high: 1, low: 101))
        let phone = try delivery.connect(delivery.ada)
        let other = try delivery.connect(tablet)
        _ = try (phone.receive(), other.receive())
        remove(delivery.ada, delivery)
        let received = try phone.receive()
        #expect(received.last == .close(4502))
        guard case .text(let text)? = received.first else {
            Issue.record("an error frame says why")
            return
        }
        #expect(text.contains("device_removed"))
        #expect(try other.receive() == [])
        try delivery.feed(delivery.message(from: delivery.bob, to: delivery.ada, seq: 1))
        #expect(try other.receiveOffsets() == [0])
        #expect(try phone.receive() == [])
    }

    @Test func aRemovedDeviceIsRefusedAlsoWithATokenThatIsStillGood() throws {
        let delivery = try TestDelivery()
        remove(delivery.bob, delivery)
        let bob = try delivery.connect(delivery.bob, at: 0)
        let received = try bob.receive()
        #expect(received.count == 2)
        #expect(received.last == .close(4502))
        #expect(delivery.hub.accounts.isEmpty)
    }

    @Test func whatOtherAccountsRemoveIsNoMatter() throws {
        let delivery = try TestDelivery()
        let bob = try delivery.connect(delivery.bob)
        _ = try bob.receive()
        // The device's id, but of another account.
        remove(
            Identity(account: delivery.ada.account, device: delivery.bob.device),
            delivery
        )
        #expect(try bob.receive() == [])
    }

    @Test func theRefusingVerifierSaysWhy() async throws {
        let delivery = try TestDelivery()
        let directory = NSTemporaryDirectory() + "martlet-delivery-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let authority = TokenAuthority(
            keys: try InstallationKeys.load(dataDirectory: directory),
            clock: delivery.clock
        )
        let verifier: any TokenVerifier = DeviceTokenVerifier(
            authority: authority,
            devices: delivery.registry
        )
        let token = try await authority.issue(for: delivery.bob).accessToken
        await #expect(throws: Problem.self) { try await verifier.identify(token) }
        delivery.registry.complete()
        #expect(try await verifier.identify(token) == delivery.bob)
        #expect(try verifier.known(token) == delivery.bob)
        remove(delivery.bob, delivery)
        #expect(throws: Problem.deviceRemoved) { try verifier.known(token) }
    }
}
