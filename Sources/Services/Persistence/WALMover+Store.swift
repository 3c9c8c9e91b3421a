public import Projections
public import Stores

extension WALMover {
    /// A mover for a store that is open; `nil` if there is nothing to move.
    public convenience init?(of location: StoreLocation) throws {
        guard case .sqlite(let path) = location else { return nil }
        try self.init(path: path)
    }
}
