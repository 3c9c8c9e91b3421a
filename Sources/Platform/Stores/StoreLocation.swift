/// Where a store is: a file, or a schema of a PostgreSQL database.
public enum StoreLocation: Hashable, Sendable {
    /// A SQLite file, by its absolute path.
    case sqlite(path: String)
    /// A schema of a database.
    case postgres(PostgresPlace)

    /// Reads `sqlite:PATH`, or a bare path, which is the same, or `postgresql://…`; relative paths are below `folder`.
    ///
    /// - Throws: `StoreError` with code `invalidLocation`; no part of the text is in its message, for there may be a password in it.
    public init(_ text: String, relativeTo folder: String) throws(StoreError) {
        if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .postgres(try PostgresPlace(text))
            return
        }
        var path = Substring(text)
        if let colon = text.firstIndex(of: ":") {
            switch text[..<colon] {
            case "sqlite": path = text[text.index(after: colon)...]
            default: break
            }
        }
        guard !path.isEmpty, !path.hasSuffix("/"), !path.contains("://") else {
            throw StoreError(.invalidLocation, "a store is at sqlite:PATH or postgresql://…")
        }
        self = .sqlite(path: path.hasPrefix("/") ? String(path) : folder + "/" + path)
    }

    /// The store of a data folder unless something else is configured.
    public static func standard(inDataDirectory directory: String) -> StoreLocation {
        .sqlite(path: SQLiteHotStore.path(inDataDirectory: directory))
    }
}

extension StoreLocation: CustomStringConvertible {
    /// The place without a password.
    public var description: String {
        switch self {
        case .sqlite(let path): path
        case .postgres(let place): place.description
        }
    }
}

extension StoreLocation {
    /// Opens the store for writing, making or migrating it as needed; one process writes a store.
    ///
    /// - Throws: `StoreError` with code `inUse` if another process writes it, `tooNew`, `unavailable`, `database`.
    public func open(for purpose: StorePurpose = .serving) throws(StoreError) -> any HotStore {
        switch self {
        case .sqlite(let path):
            let lock = try StoreLock(path: path)
            return try SQLiteHotStore(path: path, for: purpose, holding: lock)
        case .postgres(let place): return try PostgresHotStore(place)
        }
    }

    /// Opens the store for reading, which another process may be writing.
    ///
    /// - Throws: `StoreError` with code `missing` as long as there is none.
    public func openReader(readersMax: Int = 4) throws(StoreError) -> any HotStoreReader {
        switch self {
        case .sqlite(let path): try SQLiteStoreReader(path: path, readersMax: readersMax)
        case .postgres(let place): try PostgresStoreReader(place, readersMax: readersMax)
        }
    }
}

/// What a store is opened for.
public enum StorePurpose: Sendable {
    /// To be kept up to date, and read by others meanwhile.
    case serving
    /// To be built as a whole: with more memory, and without what `HotStore.finishBuilding` builds faster at the end.
    case building
    /// To be built, compared and thrown away: besides, nothing ever waits for the disk.
    case scratch
}
