import Events
import Postgres

/// Many rows for one table, sent as arrays: one for each column.
final class PostgresBulk {
    /// With so many bytes of rows in hand they are sent.
    private static let bytesMax = 8 * 1024 * 1024

    private let statement: PostgresStatement
    private let columns: [PostgresArray]
    private var rows = 0

    init(into table: StoreTable, unless: String?, _ connection: PostgresConnection) {
        let names = table.columns.joined(separator: ", ")
        let arrays = table.columns.enumerated().map { "$\($0 + 1)::\(table.type(of: $1).array)" }
        var condition = ""
        if let unless {
            var query = unless
            for (place, name) in table.columns.enumerated().reversed() {
                query = query.replacing("?\(place + 1)", with: "u.\(name)")
            }
            // With a limit it is looked up row by row, whatever the planner thinks of the table's size.
            condition =
                "LEFT JOIN LATERAL (\(query) LIMIT 1) o(there) ON true WHERE o.there IS NULL"
        }
        statement = connection.statement(
            """
            INSERT INTO \(table.rawValue) (\(names))
            SELECT u.* FROM unnest(\(arrays.joined(separator: ", "))) u(\(names)) \(condition)
            ON CONFLICT DO NOTHING
            """
        )
        columns = table.columns.map { PostgresArray(table.type(of: $0).element) }
    }

    /// The array that takes a row's value at a place, counted from 1.
    func column(_ place: Int32) -> PostgresArray { columns[Int(place) - 1] }

    /// A row's values are all bound.
    func endRow() throws {
        rows += 1
        guard columns.reduce(0, { $0 + $1.byteCount }) >= Self.bytesMax else { return }
        try send()
    }

    /// Sends what is in hand.
    func send() throws {
        guard rows > 0 else { return }
        for (place, array) in columns.enumerated() { statement.bind(place + 1, array) }
        try statement.run()
        for array in columns { array.removeAll() }
        rows = 0
    }
}

/// What a column holds.
enum StoreColumnType {
    case bytes
    case text
    case integer

    fileprivate var array: String {
        switch self {
        case .bytes: "bytea[]"
        case .text: "text[]"
        case .integer: "bigint[]"
        }
    }

    fileprivate var element: PostgresArray.Element {
        switch self {
        case .bytes: .bytea
        case .text: .text
        case .integer: .int8
        }
    }
}

extension StoreTable {
    private static let bytes: Set<String> = [
        "account", "banned_by", "contact", "content", "conversation", "creator", "details",
        "device", "earlier", "message", "message_id", "reader", "recipient", "scope", "secret",
        "sender",
    ]
    private static let texts: Set<String> = [
        "description", "emoji", "left_name", "left_picture", "name", "picture",
    ]

    /// What a column holds, whichever table it is of.
    func type(of column: String) -> StoreColumnType {
        if Self.bytes.contains(column) { return .bytes }
        return Self.texts.contains(column) ? .text : .integer
    }
}
