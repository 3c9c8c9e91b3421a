public import Events

/// A device of the asking account that was not removed.
public struct StoredDevice: Hashable, Sendable {
    /// The device.
    public var device: DeviceID
    /// What it is called, if it was given a name.
    public var name: String?
    /// When it came to the account.
    public var addedTime: Timestamp
    /// Whether it is the one that asks.
    public var isCurrent: Bool
}
