/// Starred messages, and where the list goes on.
public struct StarPage: Equatable, Sendable {
    /// The messages, the last starred first.
    public var items: [PageEvent] = []
    /// Where the list goes on; `nil`: there is no more.
    public var next: StarCursor?
    /// What should be among them and can't be read.
    public var missing: [MissingMessage] = []

    /// A page without anything.
    public init() {}
}
