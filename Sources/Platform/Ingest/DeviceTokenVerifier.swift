public import Web

/// Verifies tokens and refuses those of removed devices, whatever the token cache says.
///
/// To be used wherever a token opens something, in place of the `TokenAuthority` itself:
///
///     let devices = DeviceRegistry()
///     let tokens = DeviceTokenVerifier(authority: TokenAuthority(keys: keys, clock: clock), devices: devices)
///     let follower = AccountFollower(log: log, devices: devices, health: health, logger: logger)  // among the services
///
/// A token that is let in opens a session that outlives it: whoever holds sessions ends them by `devices.onRemoval`. Over WebSocket
/// `device_removed` is close code 4502, and `log_unavailable` a code after which the device connects again.
public struct DeviceTokenVerifier: Sendable {
    private let authority: TokenAuthority
    private let devices: DeviceRegistry

    /// A verifier of these parts.
    public init(authority: TokenAuthority, devices: DeviceRegistry) {
        self.authority = authority
        self.devices = devices
    }

    /// Whose access token this is.
    ///
    /// - Throws: `Problem` with code `unauthenticated`, `device_removed` (both 401), or `log_unavailable` (503) as long as it is not known
    ///   which devices were removed.
    public func verify(accessToken: String) async throws(Problem) -> Identity {
        try admit(try await authority.verify(accessToken: accessToken))
    }

    /// Whose access token this is, if it was verified before and is still good; never blocks or suspends.
    ///
    /// - Throws: as `verify`, but for `unauthenticated`.
    public func cached(accessToken: String) throws(Problem) -> Identity? {
        guard let identity = authority.cached(accessToken: accessToken) else { return nil }
        return try admit(identity)
    }

    /// Whose refresh token this is.
    ///
    /// - Throws: as `verify(accessToken:)`.
    public func verify(refreshToken: String) async throws(Problem) -> Identity {
        try admit(try await authority.verify(refreshToken: refreshToken))
    }

    /// Whose token was verified some time ago, if the device was not removed meanwhile: a request's body takes as long as its sender likes.
    ///
    /// - Throws: `Problem` with code `device_removed` or `log_unavailable`.
    @discardableResult
    public func admit(_ identity: Identity) throws(Problem) -> Identity {
        guard devices.isComplete else { throw .devicesUnknown }
        guard !devices.isRemoved(identity) else { throw .deviceRemoved }
        return identity
    }
}

extension Problem {
    /// The token is that of a device that was removed from its account.
    public static let deviceRemoved = Problem(
        .deviceRemoved,
        "the device was removed from its account"
    )
    /// `accounts` was not read yet.
    public static let devicesUnknown = Problem(
        .logUnavailable,
        "which devices there are is not known yet",
        retryAfter: .seconds(1)
    )
}
