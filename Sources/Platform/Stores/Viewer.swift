public import Events

/// Who asks, and when: what an account is shown depends on both.
public struct Viewer: Hashable, Sendable {
    /// The account.
    public let account: AccountID
    /// Its device that asks, which is told nothing once it was removed; `nil`: it is no device.
    public let device: DeviceID?
    /// The moment of asking: what has disappeared by then is not shown.
    public let now: Timestamp

    /// An account that asks at this moment.
    public init(_ account: AccountID, on device: DeviceID? = nil, at now: Timestamp) {
        self.account = account
        self.device = device
        self.now = now
    }
}
