public import Accounts
public import Events
import Synchronization
public import Web

/// What `accounts` says about devices: which were removed, and, if wanted, which each account has.
///
/// Fed by an `AccountFollower`; applying an event twice, or again from the beginning, changes nothing. It never blocks for long and may be
/// asked from any thread. What it keeps is 32 bytes and a little of each removed device, and with `keepsDevices` as much of each other one.
public final class DeviceRegistry: Sendable {
    private struct State {
        var removed: Set<Identity> = []
        var devices: [AccountID: [DeviceID]] = [:]
        var isComplete = false
        var listeners: [@Sendable (Identity) -> Void] = []
    }

    private let keepsDevices: Bool
    private let state = Mutex(State())

    /// A registry that knows nothing yet; only one that keeps devices answers `devices(of:)`.
    public init(keepsDevices: Bool = false) {
        self.keepsDevices = keepsDevices
    }

    /// Whether it knows at least what `accounts` said when the process began: before that, "not removed" means nothing.
    public var isComplete: Bool { state.withLock(\.isComplete) }

    /// Says that everything that was there at the beginning has been applied.
    public func complete() {
        state.withLock { $0.isComplete = true }
    }

    /// Whether the device was removed from its account.
    public func isRemoved(_ identity: Identity) -> Bool {
        state.withLock { $0.removed.contains(identity) }
    }

    /// The devices of an account, in the order in which they came.
    public func devices(of account: AccountID) -> [DeviceID] {
        assert(keepsDevices, "asked for what is not kept")
        return state.withLock { $0.devices[account] ?? [] }
    }

    /// Takes an event over; what is not about devices is left alone.
    public func apply(_ event: AccountEvent) {
        switch event.change {
        case .deviceAdded(let device, _):
            if keepsDevices { add(Identity(account: event.account, device: device)) }
        case .deviceRemoved(let device):
            remove(Identity(account: event.account, device: device))
        default: break
        }
    }

    /// Has `tell` called with every device of which it becomes known that it was removed: once each, on the thread that applies, which it
    /// must not block.
    ///
    /// What was known before is not told. Whoever lets a device in must therefore ask `isRemoved` once more when the listener could find it.
    public func onRemoval(_ tell: @escaping @Sendable (Identity) -> Void) {
        state.withLock { $0.listeners.append(tell) }
    }

    private func add(_ identity: Identity) {
        state.withLock { state in
            // For good: it does not come back when the log is read again.
            guard !state.removed.contains(identity),
                state.devices[identity.account]?.contains(identity.device) != true
            else { return }
            state.devices[identity.account, default: []].append(identity.device)
        }
    }

    private func remove(_ identity: Identity) {
        let listeners = state.withLock { state -> [@Sendable (Identity) -> Void] in
            guard state.removed.insert(identity).inserted else { return [] }
            let left = state.devices[identity.account]?.filter { $0 != identity.device } ?? []
            state.devices[identity.account] = left.isEmpty ? nil : left
            return state.listeners
        }
        for tell in listeners { tell(identity) }
    }
}
