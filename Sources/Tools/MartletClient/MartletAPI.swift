public import Events

/// A signed-in device: what a client keeps on disk.
public struct Credentials: Codable, Hashable, Sendable {
    /// The gateway's address, such as `http://127.0.0.1:8080`.
    public var server: String
    /// The account.
    public var accountID: AccountID
    /// The device.
    public var deviceID: DeviceID
    /// Names the device for some minutes.
    public var accessToken: String
    /// Gets new tokens.
    public var refreshToken: String

    /// Credentials of their parts.
    public init(
        server: String,
        accountID: AccountID,
        deviceID: DeviceID,
        accessToken: String,
        refreshToken: String
    ) {
        self.server = server
        self.accountID = accountID
        self.deviceID = deviceID
        self.accessToken = accessToken
        self.refreshToken = refreshToken
    }
}
