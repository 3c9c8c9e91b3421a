import Accounts
import EventLog
import Events
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestKit
import Testing
import Web

@testable import Ingest

/// The follower over `accounts` in memory.
@Suite struct AccountFollowerTests {
    private let source = FakeAccounts(partitions: 3)
    private let devices = DeviceRegistry(keepsDevices: true)
    private let health = HealthRegistry()
    private let capture = LogCapture()

    private var isReady: Bool { health.conditions[AccountFollower.condition]?.isMet == true }

    /// Follows while `body` runs.
    private func follow(_ body: () async throws -> Void) async throws {
        let follower = AccountFollower(
            source: source,
            devices: devices,
            health: health,
            logger: capture.logger
        )
        #expect(!isReady)
        let group = ServiceGroup(services: [follower], logger: LogCapture().logger)
        let running = Task { try await group.run() }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running.value
        try outcome.get()
        #expect(source.openCount == 0, "a reader was left open")
    }

    private func add(_ change: AccountChange, _ identity: Identity, partition: Int32 = 0) {
        source.append(
            AccountEvent(
                account: identity.account,
                device: nil,
                serverTime: Timestamp(milliseconds: 1),
                change: change
            ).encoded(),
            partition
        )
    }

    private func remove(_ identity: Identity, partition: Int32 = 0) {
        add(.deviceRemoved(identity.device), identity, partition: partition)
    }

    @Test func itIsReadyWhenItHasReadWhatWasThere() async throws {
        add(.deviceAdded(Samples.bob.device, name: ""), Samples.bob, partition: 2)
        for _ in 0..<20 { add(.registered(name: "x"), Samples.bob, partition: 1) }
        remove(Samples.ada, partition: 1)
        source.hold(at: 21)
        try await follow {
            try await wait(for: "the first records") { source.givenCount == 21 }
            // All but the removal has been read: whoever is let in now might be the one who was removed.
            #expect(!devices.isComplete)
            #expect(!isReady)
            source.hold(at: nil)
            try await wait(for: "the rest") { isReady }
            #expect(devices.isComplete)
            #expect(devices.isRemoved(Samples.ada))
            #expect(devices.devices(of: Samples.bob.account) == [Samples.bob.device])
        }
    }

    @Test func anEmptyTopicIsReadAtOnce() async throws {
        try await follow { try await wait(for: "nothing") { isReady } }
        #expect(devices.isComplete)
    }

    @Test func whatComesLaterIsAppliedToo() async throws {
        try await follow {
            try await wait(for: "nothing") { isReady }
            remove(Samples.ada, partition: 2)
            try await wait(for: "the removal") { devices.isRemoved(Samples.ada) }
        }
    }

    @Test func aPartitionMayEndWithoutARecord() async throws {
        remove(Samples.ada, partition: 1)
        // Offsets that a reader never sees, such as those of what was compacted away.
        source.skip(to: 7, 1)
        try await follow { try await wait(for: "the end") { isReady } }
        #expect(devices.isRemoved(Samples.ada))
    }

    @Test func recordsThatCannotBeReadAreSkipped() async throws {
        source.append([0xFF, 0xFF], 0)
        source.append(nil, 0)
        source.append([], 0)
        source.append([0x92, 0x01, 0x02, 0x0A, 0x00], 0)
        remove(Samples.ada)
        try await follow { try await wait(for: "the end") { isReady } }
        #expect(devices.isRemoved(Samples.ada))
        #expect(!devices.isRemoved(Samples.bob))
    }

    @Test func aLogThatIsAwayIsOpenedAgain() async throws {
        remove(Samples.ada)
        source.failures = .opening(3)
        try await follow { try await wait(for: "the log") { isReady } }
        #expect(devices.isRemoved(Samples.ada))
        #expect(source.openings == 4)
        let warnings = capture.text.split(separator: "reading accounts failed").count - 1
        #expect(warnings >= 1)
    }

    @Test func aReaderThatBreaksIsReplacedAndNothingIsForgotten() async throws {
        add(.deviceAdded(Samples.bob.device, name: ""), Samples.bob)
        remove(Samples.ada)
        try await follow {
            try await wait(for: "the beginning") { isReady }
            source.failures = .reading(2)
            remove(Samples.bob)
            try await wait(for: "the log again") { devices.isRemoved(Samples.bob) }
            #expect(isReady)
            #expect(devices.isRemoved(Samples.ada))
            #expect(devices.devices(of: Samples.bob.account).isEmpty)
        }
        #expect(source.openings == 3)
    }

    @Test func itStopsWhileTheLogIsAway() async throws {
        source.failures = .opening(.max)
        try await follow {
            try await wait(for: "an attempt") { source.openings >= 1 }
        }
        #expect(!isReady)
        #expect(!devices.isComplete)
    }
}
