public import Events

/// What is known of the asking account itself.
public struct StoredProfile: Hashable, Sendable {
    /// What it is called, if it has said so.
    public var name: String?
    /// When it came.
    public var registeredTime: Timestamp
}
