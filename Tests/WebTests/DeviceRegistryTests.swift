import Accounts
import Events
import Ingest
import Synchronization
import TestKit
import Testing
import Web

@Suite struct DeviceRegistryTests {
    private func event(
        _ change: AccountChange,
        of identity: Identity = Samples.ada
    )
        -> AccountEvent
    {
        AccountEvent(
            account: identity.account,
            device: nil,
            serverTime: Timestamp(milliseconds: 1),
            change: change
        )
    }

    private func added(_ identity: Identity) -> AccountEvent {
        event(.deviceAdded(identity.device, name: "x"), of: identity)
    }

    private func removed(_ identity: Identity) -> AccountEvent {
        event(.deviceRemoved(identity.device), of: identity)
    }

    private final class Told: Sendable {
        private let identities = Mutex<[Identity]>([])
        var all: [Identity] { identities.withLock { $0 } }
        func add(_ identity: Identity) { identities.withLock { $0.append(identity) } }
    }

    @Test func aRemovedDeviceIsRemovedForGood() {
        let registry = DeviceRegistry(keepsDevices: true)
        registry.apply(added(Samples.ada))
        #expect(!registry.isRemoved(Samples.ada))
        registry.apply(removed(Samples.ada))
        #expect(registry.isRemoved(Samples.ada))
        // The log is read again from the beginning.
        registry.apply(added(Samples.ada))
        #expect(registry.isRemoved(Samples.ada))
        #expect(registry.devices(of: Samples.ada.account).isEmpty)
    }

    @Test func aDeviceIsRemovedFromItsAccountAlone() {
        let registry = DeviceRegistry(keepsDevices: true)
        let same = Identity(account: Samples.bob.account, device: Samples.ada.device)
        registry.apply(added(Samples.ada))
        registry.apply(added(same))
        registry.apply(removed(same))
        #expect(!registry.isRemoved(Samples.ada))
        #expect(registry.devices(of: Samples.ada.account) == [Samples.ada.device])
    }

    @Test func everyRemovalIsToldOnceAndOutsideTheLock() {
        let registry = DeviceRegistry()
        let told = Told()
        registry.apply(removed(Samples.bob))
        registry.onRemoval { identity in
            // Would wait for ever for the lock.
            #expect(registry.isRemoved(identity))
            told.add(identity)
        }
        for _ in 0..<3 { registry.apply(removed(Samples.ada)) }
        registry.apply(removed(Samples.bob))
        registry.apply(added(Samples.ada))
        #expect(told.all == [Samples.ada])
    }

    @Test func manyWhoListenAreAllTold() {
        let registry = DeviceRegistry()
        let (first, second) = (Told(), Told())
        registry.onRemoval { first.add($0) }
        registry.onRemoval { second.add($0) }
        registry.apply(removed(Samples.ada))
        #expect(first.all == [Samples.ada])
        #expect(second.all == [Samples.ada])
    }

    @Test func whatIsNotAboutDevicesIsLeftAlone() {
        let registry = DeviceRegistry(keepsDevices: true)
        let conversation = ConversationID(high: 1, low: 1)
        let changes: [AccountChange] = [
            .registered(name: "Ada"), .preferences(conversation, PreferencesChange()),
            .hide(conversation, SubmissionID(high: 1, low: 1)), .privacy(Privacy.Change()),
            .contact(Samples.bob.account, isContact: true), .unknown,
        ]
        for change in changes { registry.apply(event(change)) }
        #expect(registry.devices(of: Samples.ada.account).isEmpty)
        #expect(!registry.isRemoved(Samples.ada))
    }

    /// Random events, in any order and some of them again: devices are those added and never removed.
    @Test func itAgreesWithTwoPlainSets() {
        let seed = Samples.seed
        var random = SeededRandom(seed: seed)
        let registry = DeviceRegistry(keepsDevices: true)
        let bare = DeviceRegistry()
        let told = Told()
        registry.onRemoval { told.add($0) }
        var all: Set<Identity> = []
        var gone: Set<Identity> = []
        for _ in 0..<5000 {
            let identity = Identity(
                account: AccountID(high: 1, low: UInt64.random(in: 0..<20, using: &random)),
                device: DeviceID(high: 2, low: UInt64.random(in: 0..<20, using: &random))
            )
            let isRemoval = Int.random(in: 0..<4, using: &random) == 0
            let event = isRemoval ? removed(identity) : added(identity)
            registry.apply(event)
            bare.apply(event)
            if isRemoval { gone.insert(identity) } else { all.insert(identity) }
            let left = all.subtracting(gone).filter { $0.account == identity.account }
            let devices = registry.devices(of: identity.account)
            #expect(Set(devices) == Set(left.map(\.device)), "seed \(seed)")
            #expect(devices.count == left.count, "seed \(seed)")
            #expect(registry.isRemoved(identity) == gone.contains(identity), "seed \(seed)")
            #expect(bare.isRemoved(identity) == gone.contains(identity), "seed \(seed)")
        }
        #expect(Set(told.all) == gone)
        #expect(told.all.count == gone.count)
    }
}
