/// Part of a list, and where it goes on.
public struct StorePage<Item: Sendable, Cursor: Sendable>: Sendable {
    /// The items.
    public var items: [Item]
    /// Where the list goes on; `nil`: there is no more.
    public var next: Cursor?

    init(items: [Item], next: Cursor?) {
        self.items = items
        self.next = next
    }

    /// A page of items of which one more was read than are to be shown.
    init(_ items: [Item], limit: Int, cursor: (Item) -> Cursor) {
        self.items = Array(items.prefix(limit))
        next = items.count > limit ? self.items.last.map(cursor) : nil
    }
}

extension StorePage: Equatable where Item: Equatable, Cursor: Equatable {}
