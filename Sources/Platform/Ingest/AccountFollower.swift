import Accounts
import CoreMetrics
import Dispatch
public import EventLog
import Events
public import Logging
public import ServiceKit
public import ServiceLifecycle
import Synchronization

/// Follows `accounts`, all of it from the beginning, on a thread of its own, and tells a `DeviceRegistry` what it says about devices.
///
/// The registry is complete, and the condition `accounts` of the health registry met, when everything was read that was there at the
/// opening: a device that was removed before a restart stays removed after it. When reading fails it is opened again, from the beginning;
/// what was known stays known meanwhile.
public final class AccountFollower: Service {
    /// The name of the health condition.
    public static let condition = "accounts"
    /// How long to wait before opening again.
    private static let pause: DispatchTimeInterval = .milliseconds(500)

    private let source: any AccountSource
    private let devices: DeviceRegistry
    private let health: HealthRegistry
    private let logger: Logger
    private let isStopped = Atomic<Bool>(false)
    /// Ends a pause.
    private let stopping = DispatchSemaphore(value: 0)
    private let unreadable = Counter(label: "martlet_accounts_unreadable_total")

    /// Follows the log's `accounts`.
    public convenience init(
        log: EventLogConfiguration,
        devices: DeviceRegistry,
        health: HealthRegistry,
        logger: Logger
    ) {
        self.init(
            source: LoggedAccounts(log: log, logger: logger),
            devices: devices,
            health: health,
            logger: logger
        )
    }

    init(
        source: any AccountSource,
        devices: DeviceRegistry,
        health: HealthRegistry,
        logger: Logger
    ) {
        self.source = source
        self.devices = devices
        self.health = health
        self.logger = logger
        health.set(Self.condition, isMet: false, detail: "not read yet")
    }

    /// Follows until a shutdown.
    public func run() async throws {
        try await withShutdownHandler {
            try await LogReader.onThread("accounts") { self.followToTheEnd() }
        } stop: {
            self.stop()
        }
    }

    private func stop() {
        isStopped.store(true, ordering: .relaxed)
        stopping.signal()
    }

    private func followToTheEnd() {
        var isWarned = false
        while !isStopped.load(ordering: .relaxed) {
            do {
                try follow { isWarned = false }
            } catch {
                // Once until it works again: the log may be away for long.
                logger.log(
                    level: isWarned ? .debug : .warning,
                    "reading accounts failed",
                    metadata: ["reason": "\(error)"]
                )
                isWarned = true
                _ = stopping.wait(timeout: .now() + Self.pause)
            }
        }
    }

    /// Opens, and reads until a shutdown; calls `onComplete` when it has read what was there.
    private func follow(_ onComplete: () -> Void) throws {
        let (reader, ends) = try source.open()
        defer { reader.close() }
        var unread = ends.filter { $0.value > Offset(0) }
        var isComplete = false
        while !isStopped.load(ordering: .relaxed) {
            if unread.isEmpty, !isComplete {
                isComplete = true
                devices.complete()
                health.set(Self.condition, isMet: true)
                onComplete()
            }
            for record in try reader.next() {
                apply(record)
                if let end = unread[record.topicPartition], record.offset.next >= end {
                    unread[record.topicPartition] = nil
                }
            }
            // A partition may end in offsets that have no record.
            for partition in reader.takeEnds().keys { unread[partition] = nil }
        }
    }

    private func apply(_ record: LogRecord) {
        guard let value = record.value else { return unreadable.increment() }
        guard AccountRecordScan.mayConcernDevices(value) else { return }
        do {
            devices.apply(try AccountEvent(decoding: value))
        } catch {
            unreadable.increment()
        }
    }
}
