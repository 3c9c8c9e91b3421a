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
    /// Devices that are on their way into the log, and those that go for them.
    private struct Moves {
        var arriving: Set<DeviceID> = []
        var leaving: Set<DeviceID> = []
    }

    private let moves = Mutex<[AccountID: Moves]>([:])

    init(accounts: AccountLog) {
        self.accounts = accounts
    }

    /// Appends what makes a device one of its account's; returns when the log has all of it.
    ///
    /// A device that is there already is added again, and counts once. Where there is no room and `makesRoom`, the device that came first
    /// goes for it: whoever has none left of those that count could remove none.
    ///
    /// - Throws: `Problem` with code `too_many_devices` or `log_unavailable`; after the last the same may be tried again.
    func add(
        _ identity: Identity,
        _ changes: [AccountChange],
        by device: DeviceID?,
        makesRoom: Bool = false
    ) async throws(Problem) {
        let leaving = try admit(identity, makesRoom)
        // When what was appended is known to be there, and not sooner.
        defer { dismiss(identity, leaving) }
        let removal = leaving.map { AccountChange.deviceRemoved($0) }
        _ = try await accounts.append(
            (removal.map { [$0] } ?? []) + changes,
            to: identity.account,
            by: device
        )
    }

    /// Whether there is room for one more.
    ///
    /// - Throws: `Problem` with code `too_many_devices` or `log_unavailable`.
    func checkRoom(in account: AccountID) throws(Problem) {
        guard accounts.devices.isComplete else { throw .devicesUnknown }
        let moves = moves.withLock { $0[account] ?? Moves() }
        guard hasRoom(account, moves) else { throw Self.full }
    }

    /// Whether a device was removed from its account.
    func isRemoved(_ identity: Identity) -> Bool { accounts.devices.isRemoved(identity) }

    /// Lets a device in; returns the one that has to go for it, if one has to.
    private func admit(_ identity: Identity, _ makesRoom: Bool) throws(Problem) -> DeviceID? {
        guard accounts.devices.isComplete else { throw .devicesUnknown }
        let (isAdmitted, leaving) = moves.withLock { all -> (Bool, DeviceID?) in
            var moves = all[identity.account] ?? Moves()
            moves.arriving.remove(identity.device)
            var leaving: DeviceID?
            if !hasRoom(identity.account, moves, for: identity.device) {
                leaving = accounts.devices.devices(of: identity.account).first {
                    !moves.leaving.contains($0)
                }
                guard makesRoom, let leaving else { return (false, nil) }
                moves.leaving.insert(leaving)
            }
            moves.arriving.insert(identity.device)
            all[identity.account] = moves
            return (true, leaving)
        }
        guard isAdmitted else { throw Self.full }
        return leaving
    }

    private func dismiss(_ identity: Identity, _ leaving: DeviceID?) {
        moves.withLock { all in
            guard var moves = all[identity.account] else { return }
            moves.arriving.remove(identity.device)
            if let leaving { moves.leaving.remove(leaving) }
            all[identity.account] = moves.arriving.isEmpty && moves.leaving.isEmpty ? nil : moves
        }
    }

    private func hasRoom(
        _ account: AccountID,
        _ moves: Moves,
        for device: DeviceID? = nil
    ) -> Bool {
        let all = moves.arriving.union(accounts.devices.devices(of: account))
        if let device, all.contains(device) { return true }
        return all.subtracting(moves.leaving).count < Limits.devicesPerAccountMax
    }

    private static let full = Problem(
        .tooManyDevices,
        "an account has at most \(Limits.devicesPerAccountMax) devices; remove one first"
    )
}
