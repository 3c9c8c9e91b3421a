public import Crypto
public import Events

/// The secrets of an installation: the directory key and the token signing key.
///
/// Kept in `DATA/keys/`, readable by the owner alone. Made on first use, in a way that lets several processes start at once
/// and agree.
public struct InstallationKeys: Sendable {
    /// Derives account ids from addresses.
    public let directoryKey: SymmetricKey
    /// Signs tokens (Ed25519).
    public let signingKey: Curve25519.Signing.PrivateKey

    /// Keys of their parts.
    public init(directoryKey: SymmetricKey, signingKey: Curve25519.Signing.PrivateKey) {
        self.directoryKey = directoryKey
        self.signingKey = signingKey
    }

    /// Reads the keys in a data folder, making them if there are none.
    public static func load(dataDirectory: String) throws -> InstallationKeys {
        fatalError("Web")
    }
}

/// Who speaks: an account's device, as its token says.
public struct Identity: Hashable, Sendable {
    /// The account.
    public let account: AccountID
    /// The device.
    public let device: DeviceID

    /// An identity of its parts.
    public init(account: AccountID, device: DeviceID) {
        self.account = account
        self.device = device
    }
}

/// What a client gets when it has proved who it is.
public struct TokenPair: Sendable {
    /// Names the device for 15 minutes.
    public let accessToken: String
    /// Gets new tokens; 90 days.
    public let refreshToken: String
    /// How long the access token is good for.
    public let expiresIn: Duration
}

/// Issues and verifies tokens: JWTs signed with Ed25519 (`alg` is `EdDSA`, and nothing else is taken).
public final class TokenAuthority: Sendable {
    /// An authority over the installation's keys.
    public init(keys: InstallationKeys, clock: any WallClock) {
        fatalError("Web")
    }

    /// New tokens for a device.
    public func issue(for identity: Identity) async throws -> TokenPair {
        fatalError("Web")
    }

    /// Whose access token this is.
    ///
    /// Verified tokens are cached (bounded).
    ///
    /// - Throws: `Problem` with code `unauthenticated` (401), whatever is wrong with it.
    public func verify(accessToken: String) async throws(Problem) -> Identity {
        fatalError("Web")
    }

    /// Whose access token this is, if it was verified before and is still good; never blocks or suspends.
    public func cached(accessToken: String) -> Identity? {
        fatalError("Web")
    }

    /// Whose refresh token this is.
    ///
    /// - Throws: `Problem` with code `unauthenticated` (401).
    public func verify(refreshToken: String) async throws(Problem) -> Identity {
        fatalError("Web")
    }
}
