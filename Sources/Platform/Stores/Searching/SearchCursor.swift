/// A place in the list of what a search finds.
public struct SearchCursor: Hashable, Sendable, CustomStringConvertible {
    /// The number of the message before: its row's.
    let id: Int64

    init(id: Int64) {
        self.id = id
    }

    /// Reads what `description` shows; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 20, let id = Int64(text), id > 0 else { return nil }
        self.init(id: id)
    }

    /// An opaque text for clients; worth something to the store that gave it alone.
    public var description: String { "\(id)" }
}
