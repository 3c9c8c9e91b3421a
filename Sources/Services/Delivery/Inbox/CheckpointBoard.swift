import Events
import Synchronization
import Web

/// Carries what the event loop knows to the checkpoint: one value per key that moved since the last one.
final class CheckpointBoard<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var moved: [Partition: [Key: Value]] = [:]
        /// What the last checkpoint took, and may still be writing.
        var taken: [Partition: [Key: Value]] = [:]
    }

    private let state = Mutex(State())

    /// Says what is so now.
    func post(_ value: Value, for key: Key, _ partition: Partition) {
        state.withLock { $0.moved[partition, default: [:]][key] = value }
    }

    /// What was posted and may not be in the index yet.
    func value(for key: Key, _ partition: Partition) -> Value? {
        state.withLock { $0.moved[partition]?[key] ?? $0.taken[partition]?[key] }
    }

    /// Takes what was posted for a partition; what was taken before is in the index by then.
    func take(_ partition: Partition) -> [Key: Value] {
        state.withLock { state in
            let values = state.moved.removeValue(forKey: partition) ?? [:]
            state.taken[partition] = values.isEmpty ? nil : values
            return values
        }
    }

    /// Forgets everything about a partition.
    func forget(_ partition: Partition) {
        state.withLock { state in
            state.moved[partition] = nil
            state.taken[partition] = nil
        }
    }
}

/// Up to where the log has the marks of a device.
typealias AcknowledgementBoard = CheckpointBoard<Identity, Offset>
/// When an account was last connected.
typealias LastSeenBoard = CheckpointBoard<AccountID, Timestamp>
