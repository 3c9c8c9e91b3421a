/// What went wrong with an archive.
public struct ArchiveError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure; equality of errors is equality of codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable word for logs and metrics.
        public let description: String

        /// Something in the archive is not what was written.
        public static let corrupt = Code(description: "archive_corrupt")
        /// The archive is sound, but what is asked for is not in it.
        public static let entryMissing = Code(description: "archive_entry_missing")
        /// The archive was made by a newer version.
        public static let tooNew = Code(description: "archive_too_new")
        /// Something in the archive, or to be put into it, is beyond `ArchiveLimits`.
        public static let tooLarge = Code(description: "archive_too_large")
        /// Rows that can't be archived: of another table or day, or out of order.
        public static let invalidRows = Code(description: "archive_invalid_rows")
        /// What holds the archive does not answer.
        public static let unavailable = Code(description: "archive_unavailable")
        /// The archive can't be written: disk full, no permission.
        public static let unwritable = Code(description: "archive_unwritable")
    }

    /// The kind of failure.
    public let code: Code
    /// Which archive: its key or path, as far as known.
    public private(set) var archive: String?
    /// Which of its entries, if it is about one.
    public private(set) var entry: String?
    /// What happened, in words; never a row's content.
    public let message: String

    /// An error of its parts.
    public init(_ code: Code, _ message: String, archive: String? = nil, entry: String? = nil) {
        self.code = code
        self.message = message
        self.archive = archive
        self.entry = entry
    }

    /// The same error, naming what it is about where it does not yet.
    func naming(archive: String?, entry: String? = nil) -> ArchiveError {
        var error = self
        error.archive = error.archive ?? archive
        error.entry = error.entry ?? entry
        return error
    }

    /// Whether doing the same again later may succeed.
    public var isRetriable: Bool { code == .unavailable || code == .unwritable }
    /// The code, for metrics.
    public var shortDescription: String { code.description }
    /// Code, archive, entry and message.
    public var description: String {
        ([code.description, archive, entry].compactMap { $0 } + [message]).joined(separator: ": ")
    }

    /// Compares codes.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
