/// Events that are there, and cannot be read at the moment.
public struct MissingRange: Sendable, Hashable {
    /// Why they cannot be read, in a stable word.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// The stable word.
        public let rawValue: String

        /// A reason of this word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The archive that has them is damaged.
        public static let archiveCorrupt = Reason(rawValue: "archive_corrupt")
        /// The archive that has them is out of reach.
        public static let archiveUnavailable = Reason(rawValue: "archive_unavailable")
    }

    /// The first seq of them.
    public var fromSeq: UInt64
    /// The last seq of them.
    public var toSeq: UInt64
    /// Why.
    public var reason: Reason

    /// A range of its parts.
    public init(fromSeq: UInt64, toSeq: UInt64, reason: Reason) {
        self.fromSeq = fromSeq
        self.toSeq = toSeq
        self.reason = reason
    }
}

extension MissingRange {
    /// Reads an array of ranges; what is none is left out.
    static func list(
        reading reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> [MissingRange] {
        try reader.elements { (reader) throws(JSONReader.Malformed) -> MissingRange? in
            try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try MissingRange(reading: &reader)
            }
        }
    }

    /// Reads the range that comes next; `nil`: it is none.
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var from: UInt64?
        var to: UInt64?
        var reason = ""
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "from_seq" {
                from = try reader.unsigned()
            } else if key == "to_seq" {
                to = try reader.unsigned()
            } else if key == "reason" {
                reason = try reader.string() ?? ""
            } else {
                try reader.skipValue()
            }
        }
        guard let from, let to, from <= to else { return nil }
        self.init(fromSeq: from, toSeq: to, reason: Reason(rawValue: reason))
    }
}
