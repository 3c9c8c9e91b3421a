/// What went wrong with a store.
public struct StoreError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// There is no store there, or not yet.
        public static let missing = Code(description: "store_missing")
        /// The store was made by a newer version.
        public static let tooNew = Code(description: "store_too_new")
        /// Somebody else uses it.
        public static let inUse = Code(description: "store_in_use")
        /// Its server can't be reached, or refuses for now.
        public static let unavailable = Code(description: "store_unavailable")
        /// Nobody knows whether the last batch was written: its server went away while it was asked to commit.
        public static let commitUnknown = Code(description: "store_commit_unknown")
        /// Where a store is said to be makes no sense.
        public static let invalidLocation = Code(description: "invalid_store_url")
        /// The answer lies partly in archives; the question must be asked again with `archivedParts`.
        public static let archivesNeeded = Code(description: "archives_needed")
        /// What is asked for may be in an archive that can't be read.
        public static let archiveUnreadable = Code(description: "archive_unreadable")
        /// The device that asks was removed from its account.
        public static let deviceRemoved = Code(description: "device_removed")
        /// The database said no: disk full, damaged file.
        public static let database = Code(description: "store_error")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words; never a row's content.
    public let message: String
    /// Of code `archivesNeeded`: what to fetch.
    public private(set) var archivedParts: [ArchivedPart] = []

    /// An error of its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The answer lies partly in these archives.
    init(needing parts: [ArchivedPart]) {
        self.init(.archivesNeeded, "\(parts.count) parts of archives are needed")
        archivedParts = parts
    }

    /// What is asked for may be in an archive that can't be read.
    init(unreadable reason: MissingEvents.Reason) {
        self.init(.archiveUnreadable, reason.rawValue)
    }

    /// Whether doing the same again later may succeed.
    public var isRetriable: Bool {
        [.missing, .inUse, .unavailable, .commitUnknown].contains(code)
    }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code and message.
    public var description: String { "\(code.description): \(message)" }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
