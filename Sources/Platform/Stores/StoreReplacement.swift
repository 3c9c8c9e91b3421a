import Foundation

/// What is where a store is to be built.
public enum StoreOccupant: Hashable, Sendable {
    /// Nothing.
    case nothing
    /// A store.
    case store
    /// Something else.
    case other
}

extension StoreLocation {
    /// Looks what is there, changing nothing.
    ///
    /// - Throws: `StoreError` with code `tooNew`, `unavailable`, or `database` if it can't be read.
    public func occupant() throws(StoreError) -> StoreOccupant {
        switch self {
        case .sqlite(let path): try SQLiteHotStore.occupant(of: path)
        case .postgres(let place): try PostgresHotStore.occupant(of: place)
        }
    }

    /// What only one process has at a time: whoever has it may put another store in this one's place; nobody writes meanwhile.
    ///
    /// - Throws: `StoreError` with code `inUse` if another process writes it.
    public func hold() throws(StoreError) -> StoreHold {
        switch self {
        case .sqlite(let path): StoreHold(.file(try StoreLock(path: path)))
        case .postgres(let place): StoreHold(.session(try PostgresHold(place)))
        }
    }

    /// Whether a store there could be put in the place of another at once, and if not, why.
    public func obstacle(toReplacing live: StoreLocation) -> String? {
        switch (self, live) {
        case (.sqlite(let path), .sqlite(let live)):
            guard let own = Self.device(ofFolderOf: path) else {
                return "there is no folder for \(path)"
            }
            guard let other = Self.device(ofFolderOf: live) else {
                return "there is no folder for \(live)"
            }
            return own == other
                ? nil : "a file can't be put in place at once across file systems"
        case (.postgres(let place), .postgres(let live)):
            return place.isInDatabase(of: live)
                ? nil : "a schema can take another's place within one database only"
        default: return "a store can only take the place of one of its kind"
        }
    }

    /// Puts the closed store at `replacement` in the place of this one, which may be missing or damaged; a crash leaves the old store or the new one, whole.
    ///
    /// Keep `hold` a second or two longer, until readers in other processes have noticed. Nobody else may write the replacement meanwhile.
    ///
    /// - Throws: `StoreError` with code `missing` if there is no replacement, `inUse` if a reader keeps the old store too long; then nothing was changed.
    public func replace(with replacement: StoreLocation, holding hold: StoreHold) throws(StoreError)
    {
        switch (self, replacement, hold.kind) {
        case (.sqlite(let path), .sqlite(let new), .file(let lock)):
            try SQLiteHotStore.replace(path, with: new, holding: lock)
        case (.postgres, .postgres(let new), .session(let session)):
            try session.replace(with: new)
        default:
            throw StoreError(.invalidLocation, "a store can only take the place of one of its kind")
        }
    }

    private static func device(ofFolderOf path: String) -> UInt64? {
        var status = stat()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard stat(folder, &status) == 0 else { return nil }
        return UInt64(status.st_dev)
    }
}

/// Keeps others from writing a store, as long as it is there.
public final class StoreHold: Sendable {
    enum Kind: Sendable {
        case file(StoreLock)
        case session(PostgresHold)
    }

    let kind: Kind

    init(_ kind: Kind) {
        self.kind = kind
    }
}
