public import Events

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
