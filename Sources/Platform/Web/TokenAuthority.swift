import Crypto
public import Events
import Foundation
import JWTKit
import Synchronization

/// Issues and verifies tokens: JWTs signed with Ed25519 (`alg` is `EdDSA`, and nothing else is taken).
///
/// Claims: `sub` the account, `device`, `typ` (`access`, `refresh` or `link`), `iat` and `exp` in seconds. Any process with the
/// installation's keys verifies what any other has issued.
public final class TokenAuthority: Sendable {
    /// How long an access token is good for.
    public static let accessLifetime: Duration = .seconds(15 * 60)
    /// How long a refresh token is good for.
    public static let refreshLifetime: Duration = .seconds(90 * 24 * 60 * 60)
    /// How long a link token is good for.
    public static let linkLifetime: Duration = .seconds(5 * 60)
    /// The longest text that is looked at, in bytes.
    public static let tokenBytesMax = 1024
    /// Verified tokens that are remembered.
    static let cachedMax = 20_000

    private struct Claims: JWTPayload {
        let sub: String
        let device: String
        let typ: String
        let iat: Int64
        let exp: Int64

        /// Expiry is judged by our own clock, not here.
        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    private enum Kind: String {
        case access
        case refresh
        case link
    }

    private let key: EdDSA.PrivateKey
    private let collection = JWTKeyCollection()
    private let hasKey = Atomic<Bool>(false)
    private let clock: any WallClock
    private let cache = Mutex(TokenCache(entriesMax: cachedMax))

    /// An authority over the installation's keys.
    public init(keys: InstallationKeys, clock: any WallClock) {
        key = EdDSA.PrivateKey(backing: keys.signingKey)
        self.clock = clock
    }

    /// New tokens for a device.
    public func issue(for identity: Identity) async throws -> TokenPair {
        let now = clock.now()
        return TokenPair(
            accessToken: try await sign(identity, .access, now, Self.accessLifetime),
            refreshToken: try await sign(identity, .refresh, now, Self.refreshLifetime),
            expiresIn: Self.accessLifetime
        )
    }

    /// Whose access token this is.
    ///
    /// Verified tokens are cached (bounded).
    ///
    /// - Throws: `Problem` with code `unauthenticated` (401), whatever is wrong with it.
    public func verify(accessToken: String) async throws(Problem) -> Identity {
        if let identity = cached(accessToken: accessToken) { return identity }
        let (identity, expires) = try await check(accessToken, .access)
        cache.withLock { $0.insert(accessToken, .init(identity: identity, expires: expires)) }
        return identity
    }

    /// Whose access token this is, if it was verified before and is still good; never blocks or suspends.
    public func cached(accessToken: String) -> Identity? {
        guard accessToken.utf8.count <= Self.tokenBytesMax else { return nil }
        let now = clock.now()
        return cache.withLock { $0.find(accessToken, at: now) }
    }

    /// Whose refresh token this is.
    ///
    /// - Throws: `Problem` with code `unauthenticated` (401).
    public func verify(refreshToken: String) async throws(Problem) -> Identity {
        try await check(refreshToken, .refresh).identity
    }

    /// A token by which a device is linked to an account, and until when it is good.
    public func issueLink(
        for identity: Identity
    ) async throws -> (token: String, expires: Timestamp) {
        let now = clock.now()
        let token = try await sign(identity, .link, now, Self.linkLifetime)
        return (token, Self.expiry(now, Self.linkLifetime))
    }

    /// Whose link token this is: the account, and the device that is to be added to it.
    ///
    /// That it is used once is for others to see to.
    ///
    /// - Throws: `Problem` with code `unauthenticated` (401).
    public func verify(linkToken: String) async throws(Problem) -> Identity {
        try await check(linkToken, .link).identity
    }

    // MARK: Signing

    /// Whole seconds, as tokens have them.
    private static func expiry(_ now: Timestamp, _ lifetime: Duration) -> Timestamp {
        Timestamp(milliseconds: (now + lifetime).milliseconds / 1000 * 1000)
    }

    private func signers() async -> JWTKeyCollection {
        if !hasKey.load(ordering: .acquiring) {
            // Twice does no harm.
            await collection.add(eddsa: key)
            hasKey.store(true, ordering: .releasing)
        }
        return collection
    }

    private func sign(
        _ identity: Identity,
        _ kind: Kind,
        _ now: Timestamp,
        _ lifetime: Duration
    ) async throws -> String {
        let claims = Claims(
            sub: identity.account.description,
            device: identity.device.description,
            typ: kind.rawValue,
            iat: now.milliseconds / 1000,
            exp: Self.expiry(now, lifetime).milliseconds / 1000
        )
        return try await signers().sign(claims)
    }

    private func check(
        _ token: String,
        _ kind: Kind
    ) async throws(Problem) -> (identity: Identity, expires: Timestamp) {
        guard token.utf8.count <= Self.tokenBytesMax,
            let header = try? DefaultJWTParser().parse(Array(token.utf8), as: Claims.self).header,
            header.alg == "EdDSA",
            let claims = try? await signers().verify(token, as: Claims.self),
            claims.typ == kind.rawValue, let account = AccountID(claims.sub),
            let device = DeviceID(claims.device), (0...Int64.max / 1000).contains(claims.exp)
        else { throw .unauthenticated }
        let expires = Timestamp(milliseconds: claims.exp * 1000)
        guard clock.now() < expires else { throw .unauthenticated }
        return (Identity(account: account, device: device), expires)
    }
}
