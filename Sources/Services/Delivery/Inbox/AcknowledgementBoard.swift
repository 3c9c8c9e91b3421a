import Events
import Synchronization
import Web

/// Carries the devices' durable positions from the event loop to the checkpoint.
///
/// One entry per device that moved since the last checkpoint.
final class AcknowledgementBoard: Sendable {
    private let moved = Mutex<[Partition: [Identity: Offset]]>([:])

    /// The log has the marks of everything below `offset` for this device.
    func post(_ identity: Identity, _ partition: Partition, _ offset: Offset) {
        moved.withLock { $0[partition, default: [:]][identity] = offset }
    }

    /// What was posted and not yet taken for a device.
    func offset(of identity: Identity, _ partition: Partition) -> Offset? {
        moved.withLock { $0[partition]?[identity] }
    }

    /// Takes what was posted for a partition.
    func take(_ partition: Partition) -> [Identity: Offset] {
        moved.withLock { $0.removeValue(forKey: partition) ?? [:] }
    }
}
