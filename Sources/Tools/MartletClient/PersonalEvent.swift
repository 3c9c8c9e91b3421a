public import Events

/// The account has changed something for itself, on whichever of its devices.
public struct PersonalEvent: Sendable, Hashable {
    /// What holds from now on.
    public var change: PersonalChange
    /// When the server took it.
    public var serverTimestamp: Timestamp

    /// An event of its parts.
    public init(_ change: PersonalChange, serverTimestamp: Timestamp) {
        self.change = change
        self.serverTimestamp = serverTimestamp
    }
}
