/// The tables that are a fold of the log: what digests cover.
///
/// Positions and filters are not among them.
public enum StoreTable: String, CaseIterable, Sendable {
    /// Who exists.
    case accounts
    /// With which devices.
    case devices
    /// Where each conversation stands.
    case conversations
    /// Who is in what.
    case members
    /// What happened.
    case events
    /// Marks, each at the time it was reached.
    case receipts

    /// All columns, those of the key first.
    ///
    /// A new column goes to the end and changes every digest.
    public var columns: [String] {
        switch self {
        case .accounts: ["account", "name", "registered_time"]
        case .devices: ["account", "device", "name", "added_time"]
        case .conversations:
            ["conversation", "kind", "last_seq", "message_count", "last_server_time"]
        case .members: ["account", "conversation", "from_seq", "until_seq", "last_sent_seq"]
        case .events:
            [
                "conversation", "seq", "message_count", "message_id", "kind", "sender", "device",
                "recipient", "server_time", "client_time", "content", "origin_topic",
                "origin_partition", "origin_offset", "origin_index",
            ]
        case .receipts: ["conversation", "account", "kind", "seq", "server_time"]
        }
    }

    /// How many of the columns are the key.
    public var keyCount: Int {
        switch self {
        case .accounts, .conversations: 1
        case .devices, .members, .events: 2
        case .receipts: 4
        }
    }
}

/// A value in a row.
public enum StoreValue: Hashable, Sendable {
    /// Nothing.
    case null
    /// A number.
    case integer(Int64)
    /// A text.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
}

/// A row of a table, its values in the order of `StoreTable.columns`.
public struct StoreRow: Hashable, Sendable {
    /// The table.
    public let table: StoreTable
    /// The values.
    public let values: [StoreValue]

    /// A row of its parts.
    public init(table: StoreTable, values: [StoreValue]) {
        self.table = table
        self.values = values
    }

    /// The values of the key.
    public var key: [StoreValue] { Array(values.prefix(table.keyCount)) }
}
