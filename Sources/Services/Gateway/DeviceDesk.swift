import Accounts
import Events
import Ingest
import Synchronization
import Web

/// Adds devices to accounts, as many as an account may have.
///
/// The limit holds among the calls of this process. Two gateways that add devices to one account within the moment until each reads of the
/// other's may exceed it by as many as there are gateways.
final class DeviceDesk: Sendable {
    private let accounts: AccountLog
    /// Devices that are on their way into the log.
    private let arriving = Mutex<[AccountID: Set<DeviceID>]>([:])

    init(accounts: AccountLog) {
        self.accounts = accounts
    }

    /// Appends what makes a device one of its account's; returns when the log has all of it.
    ///
    /// A device that is there already is added again, and counts once.
    ///
    /// - Throws: `Problem` with code `too_many_devices` or `log_unavailable`; after the last the same may be tried again.
    func add(
        _ identity: Identity,
        _ changes: [AccountChange],
        by device: DeviceID?
    ) async throws(Problem) {
        try admit(identity)
        // When what was appended is known to be there, and not sooner.
        defer { dismiss(identity) }
        _ = try await accounts.append(changes, to: identity.account, by: device)
    }

    /// Whether there is room for one more.
    ///
    /// - Throws: `Problem` with code `too_many_devices` or `log_unavailable`.
    func checkRoom(in account: AccountID) throws(Problem) {
        guard accounts.devices.isComplete else { throw .devicesUnknown }
        let arriving = arriving.withLock { $0[account] ?? [] }
        guard hasRoom(account, arriving) else { throw Self.full }
    }

    /// Whether a device was removed from its account.
    func isRemoved(_ identity: Identity) -> Bool { accounts.devices.isRemoved(identity) }

    private func admit(_ identity: Identity) throws(Problem) {
        guard accounts.devices.isComplete else { throw .devicesUnknown }
        let isAdmitted = arriving.withLock { arriving in
            let others = (arriving[identity.account] ?? []).subtracting([identity.device])
            guard hasRoom(identity.account, others, for: identity.device) else { return false }
            arriving[identity.account, default: []].insert(identity.device)
            return true
        }
        guard isAdmitted else { throw Self.full }
    }

    private func dismiss(_ identity: Identity) {
        arriving.withLock { arriving in
            arriving[identity.account]?.remove(identity.device)
            if arriving[identity.account]?.isEmpty == true { arriving[identity.account] = nil }
        }
    }

    private func hasRoom(
        _ account: AccountID,
        _ arriving: Set<DeviceID>,
        for device: DeviceID? = nil
    ) -> Bool {
        let all = arriving.union(accounts.devices.devices(of: account))
        if let device, all.contains(device) { return true }
        return all.count < Limits.devicesPerAccountMax
    }

    private static let full = Problem(
        .tooManyDevices,
        "an account has at most \(Limits.devicesPerAccountMax) devices; remove one first"
    )
}
