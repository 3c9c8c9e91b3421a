import Stores

extension StoreLocation {
    /// What reading a store comes to.
    enum Reading {
        /// It can be read.
        case reader(any HotStoreReader)
        /// It is there, but not all steps of its schema were run: an older version made it, or its making was cut short.
        case outdated
    }

    /// Opens the store for reading, if this version can read it.
    ///
    /// - Throws: `StoreError`, with code `missing` only where nothing is.
    func read(readersMax: Int = 4) throws(StoreError) -> Reading {
        do {
            return .reader(try openReader(readersMax: readersMax))
        } catch {
            guard error.code == .missing else { throw error }
            switch try occupant() {
            case .store: return .outdated
            case .nothing: throw error
            case .other: throw StoreError(.database, "at \(self) is something else")
            }
        }
    }
}
