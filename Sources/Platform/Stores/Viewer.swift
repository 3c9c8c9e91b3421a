public import Events

/// Who asks, when, and what of archives lies before him: what an account is shown depends on all of it.
public struct Viewer: Sendable {
    /// The account.
    public let account: AccountID
    /// Its device that asks, which is told nothing once it was removed; `nil`: it is no device.
    public let device: DeviceID?
    /// The moment of asking: what has disappeared by then is not shown.
    public let now: Timestamp
    /// What was fetched of archives for this question.
    public var archived = ArchivedParts()

    /// An account that asks at this moment.
    public init(_ account: AccountID, on device: DeviceID? = nil, at now: Timestamp) {
        self.account = account
        self.device = device
        self.now = now
    }
}
