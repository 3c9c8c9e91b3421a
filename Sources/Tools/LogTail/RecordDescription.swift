public import Events

/// What a record says, as a kind and named fields: the one source of every way to show it.
public struct RecordDescription: Sendable, Equatable {
    /// A field's value.
    public enum Value: Sendable, Equatable {
        /// An identifier's 26 characters; shown short where space is dear.
        case identifier(String)
        /// A number.
        case number(Int64)
        /// A word of ours, such as a code or a kind.
        case word(String)
        /// What a person wrote, as it came: it may hold anything.
        case text(String)
        /// A moment.
        case time(Timestamp)
        /// The cause of a derived record.
        case origin(Origin)
    }

    /// A named value.
    public struct Field: Sendable, Equatable {
        /// As the schema names it.
        public let name: String
        /// What it says.
        public let value: Value
    }

    /// What kind of record, such as `message_posted` or `ticks`.
    public let kind: String
    /// Whether the record is not what it should be.
    public let isFault: Bool
    /// The fields that say something, in the order in which one reads them.
    public private(set) var fields: [Field] = []

    /// A description without fields.
    init(_ kind: String, isFault: Bool = false) {
        self.kind = kind
        self.isFault = isFault
    }

    /// The value of a field.
    public subscript(name: String) -> Value? {
        fields.first { $0.name == name }?.value
    }

    mutating func add(_ name: String, _ value: Value?) {
        guard let value else { return }
        fields.append(Field(name: name, value: value))
    }

    /// Adds a 16-byte identifier; says so if it is not one, and nothing if it is empty.
    mutating func add(id name: String, _ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return }
        if let id = Identifier<AnyKind>(bytes: bytes) {
            add(name, .identifier(id.description))
        } else {
            add(name, .word("not an id (\(bytes.count) bytes)"))
        }
    }

    /// Adds a number, unless it is 0.
    mutating func add(number name: String, _ number: some BinaryInteger) {
        if number != 0 { add(name, .number(Int64(clamping: number))) }
    }

    /// Adds a moment, unless it is 0.
    mutating func add(time name: String, _ milliseconds: Int64) {
        if milliseconds != 0 { add(name, .time(Timestamp(milliseconds: milliseconds))) }
    }

    /// Adds what a person or another process wrote, unless it is empty.
    mutating func add(text name: String, _ text: String) {
        if !text.isEmpty { add(name, .text(text)) }
    }

    private enum AnyKind {}
}
