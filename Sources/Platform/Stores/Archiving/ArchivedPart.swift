public import Events

/// Some of what an archive holds of one conversation.
public struct ArchivedPart: Hashable, Sendable {
    /// Seqs of a part at most: what is fetched and kept at a time.
    static let seqsMax: Int64 = 512

    /// The archive's key in the blob store.
    public let archive: String
    /// The conversation.
    public let conversation: ConversationID
    /// Of which seqs.
    public let seqs: ClosedRange<Int64>

    /// A part of an archive.
    public init(archive: String, conversation: ConversationID, seqs: ClosedRange<Int64>) {
        self.archive = archive
        self.conversation = conversation
        self.seqs = seqs
    }
}

/// What was fetched of archives, to be shown with what a store holds.
///
/// A store can't wait for archives within a transaction. So it says which parts an answer needs (`StoreError.archivedParts`), and is asked again
/// with them.
public struct ArchivedParts: Sendable {
    /// A part as it was found.
    public enum Content: Sendable {
        /// Its rows, in the order of their seqs.
        case rows([StoreRow])
        /// It can't be read at the moment, or not at all: left out, and said so.
        case unreadable(MissingEvents.Reason)
    }

    private var contents: [ArchivedPart: Content] = [:]
    /// Why nothing more is fetched: what is needed besides counts as unreadable for this reason; `nil`: it can be asked for.
    public var rest: MissingEvents.Reason?

    /// Nothing.
    public init() {}

    /// What was found of a part; `nil`: it was not fetched yet.
    public subscript(part: ArchivedPart) -> Content? {
        get { contents[part] ?? rest.map { .unreadable($0) } }
        set { contents[part] = newValue }
    }

    /// How many parts there are.
    public var count: Int { contents.count }

    /// Whether all that was needed could be read.
    public var isWhole: Bool {
        rest == nil
            && contents.values.allSatisfy { content in
                if case .rows = content { true } else { false }
            }
    }

    /// Why an event that is in an archive could not be read; `nil`: nothing is known against it.
    public func whyMissing(_ seq: Int64, of conversation: ConversationID) -> MissingEvents.Reason? {
        for (part, content) in contents {
            guard part.conversation == conversation, part.seqs.contains(seq),
                case .unreadable(let reason) = content
            else { continue }
            return reason
        }
        return rest
    }
}

/// A message that should be on a page, and may be where nothing can be read.
public struct MissingMessage: Hashable, Sendable {
    /// Its conversation.
    public var conversation: ConversationID
    /// The message.
    public var message: SubmissionID
    /// Why it can't be read.
    public var reason: MissingEvents.Reason
}

/// Events that should be on a page and can't be read.
public struct MissingEvents: Hashable, Sendable {
    /// Why not.
    public enum Reason: String, Sendable {
        /// The archive is damaged or gone.
        case corrupt = "archive_corrupt"
        /// The archive can't be reached; later it may be.
        case unavailable = "archive_unavailable"
    }

    /// The first and the last seq of them.
    public var seqs: ClosedRange<Int64>
    /// Why they can't be read.
    public var reason: Reason
}
