/// What others may know of an account; in a change, what is `nil` stays as it is.
public struct PrivacySettings: Sendable, Hashable {
    /// Whether others see what it has read, and it what others have.
    public var readReceipts: Bool?
    /// Who sees whether it is online, and when it was last.
    public var presence: Visibility?

    /// Settings of their parts.
    public init(readReceipts: Bool? = nil, presence: Visibility? = nil) {
        self.readReceipts = readReceipts
        self.presence = presence
    }

    /// Who may know something; there may be words that this client does not know.
    public struct Visibility: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The word for it.
        public let rawValue: String

        /// The visibility of a word.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// Whoever asks.
        public static let everyone = Visibility(rawValue: "everyone")
        /// The account's contacts.
        public static let contacts = Visibility(rawValue: "contacts")
        /// Only the account itself.
        public static let nobody = Visibility(rawValue: "nobody")

        /// The word.
        public var description: String { rawValue }
    }
}

extension PrivacySettings {
    /// Reads the settings that come next.
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init()
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "read_receipts" {
                readReceipts = try reader.bool()
            } else if key == "presence" {
                presence = try reader.string().map { Visibility(rawValue: $0) }
            } else {
                try reader.skipValue()
            }
        }
    }
}
