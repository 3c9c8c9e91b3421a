import Accounts
import Events
import Synchronization
import Web

/// Links devices: makes tokens by which a device becomes one of an account's, and takes each of them once.
///
/// What was made here is accepted here: the links are in this process's memory, as registrations are.
final class LinkDesk: Sendable {
    private let devices: DeviceDesk
    private let tokens: TokenAuthority
    private let clock: any WallClock
    private let ids: UUIDv7Generator
    private let table = Mutex(LinkTable())

    init(
        devices: DeviceDesk,
        tokens: TokenAuthority,
        clock: any WallClock,
        ids: UUIDv7Generator
    ) {
        self.devices = devices
        self.tokens = tokens
        self.clock = clock
        self.ids = ids
    }

    /// Makes a link for one more device of the maker's account.
    ///
    /// - Throws: `Problem` with code `too_many_devices` or `too_many_requests`; what signing throws.
    func begin(by maker: Identity) async throws -> (token: String, expires: Timestamp) {
        try devices.checkRoom(in: maker.account)
        let device: DeviceID = ids.next()
        let (token, expires) = try await tokens.issueLink(
            for: Identity(account: maker.account, device: device)
        )
        try admit(Link(device: device, maker: maker, expires: expires))
        return (token, expires)
    }

    private func admit(_ link: Link) throws(Problem) {
        let now = clock.now()
        do {
            try table.withLock { table throws(RetryLater) in try table.begin(link, at: now) }
        } catch {
            throw Problem(
                .tooManyRequests,
                "too many links; use one that was made, or wait",
                retryAfter: error.after
            )
        }
    }

    /// Accepts a link; returns when the log has the device.
    ///
    /// A link dies with the device that made it: who takes a device away from a thief also takes what the thief prepared.
    ///
    /// - Throws: `Problem` with code `link_not_found`, `too_many_requests`, `too_many_devices` or `log_unavailable`; after the last two
    ///   the same token may be given again.
    func accept(_ token: String, deviceName: String) async throws(Problem) -> Identity {
        guard let identity = try? await tokens.verify(linkToken: token) else {
            throw Self.notFound
        }
        let now = clock.now()
        switch table.withLock({ $0.judge(identity, at: now) }) {
        case .unknown: throw Self.notFound
        case .busy:
            throw Problem(
                .tooManyRequests,
                "the link is being accepted",
                retryAfter: .seconds(1)
            )
        case .good(let link):
            guard !devices.isRemoved(link.maker) else {
                table.withLock { $0.finish(link.device) }
                throw Self.notFound
            }
            try await enter(link, deviceName)
            return identity
        }
    }

    private func enter(_ link: Link, _ deviceName: String) async throws(Problem) {
        let change = AccountChange.deviceAdded(link.device, name: deviceName)
        do {
            try await devices.add(link.identity, [change], by: link.maker.device)
        } catch {
            table.withLock { $0.release(link.device) }
            throw error
        }
        table.withLock { $0.finish(link.device) }
    }

    private static let notFound = Problem(
        .linkNotFound,
        "there is no such link, or not any more; make a new one"
    )
}
