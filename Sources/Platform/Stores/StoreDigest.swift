import Crypto

/// What a table holds, in 32 bytes: SHA-256 over its rows in the order of their keys, each in its canonical form.
///
/// Two stores at the same positions have the same digests, or one of them is wrong.
public struct StoreDigest: Hashable, Sendable {
    /// The table.
    public let table: StoreTable
    /// How many rows it has.
    public let rows: Int
    /// SHA-256 as 64 hexadecimal digits.
    public let sha256: String

    /// A digest of its parts.
    public init(table: StoreTable, rows: Int, sha256: String) {
        self.table = table
        self.rows = rows
        self.sha256 = sha256
    }
}

/// The first place where two stores differ.
public struct StoreDifference: Hashable, Sendable, CustomStringConvertible {
    /// How they differ.
    public enum Kind: Hashable, Sendable {
        /// The row is in this store, not in the other.
        case onlyHere
        /// The row is in the other store, not in this one.
        case onlyThere
        /// Both have the row, with other values in these columns.
        case columns([String])
    }

    /// The row, as the one that has it has it.
    public let row: StoreRow
    /// How they differ.
    public let kind: Kind

    /// A difference of its parts.
    public init(row: StoreRow, kind: Kind) {
        self.row = row
        self.kind = kind
    }

    /// Table, key and columns; no values but those of the key.
    public var description: String {
        let place = "\(row.table.rawValue) \(row.keyDescription)"
        switch kind {
        case .onlyHere: return "\(place): only in the first store"
        case .onlyThere: return "\(place): only in the second store"
        case .columns(let columns): return "\(place): \(columns.joined(separator: ", ")) differ"
        }
    }
}

/// Rows of tables in the order of their keys: what digests and comparisons need of a store.
public protocol StoreRows {
    /// Rows in the order of their keys, of what lies after `key`.
    func rows(of table: StoreTable, after key: [StoreValue]?, limit: Int) throws -> [StoreRow]
}

extension StoreRows {
    private var rowsPerRead: Int { 1000 }

    /// The digest of a table.
    ///
    /// Meaningful on a snapshot, or on a store that nobody writes.
    public func digest(of table: StoreTable) throws -> StoreDigest {
        var hash = SHA256()
        var count = 0
        var buffer: [UInt8] = []
        var key: [StoreValue]?
        while true {
            let rows = try rows(of: table, after: key, limit: rowsPerRead)
            buffer.removeAll(keepingCapacity: true)
            for row in rows {
                for value in row.values { value.append(to: &buffer) }
            }
            hash.update(data: buffer)
            count += rows.count
            guard rows.count == rowsPerRead, let last = rows.last else { break }
            key = last.key
        }
        let digits = hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return StoreDigest(table: table, rows: count, sha256: digits.joined())
    }

    /// The digests of all tables.
    public func digests() throws -> [StoreDigest] {
        try StoreTable.allCases.map { try digest(of: $0) }
    }

    /// The first row of a table that this store and another do not have alike.
    public func firstDifference(
        with other: any StoreRows,
        in table: StoreTable
    ) throws
        -> StoreDifference?
    {
        var here = RowQueue(store: self, table: table)
        var there = RowQueue(store: other, table: table)
        while true {
            switch (try here.next(), try there.next()) {
            case (nil, nil):
                return nil
            case (let row?, nil):
                return StoreDifference(row: row, kind: .onlyHere)
            case (nil, let row?):
                return StoreDifference(row: row, kind: .onlyThere)
            case (let mine?, let theirs?):
                guard mine != theirs else { continue }
                if mine.key == theirs.key {
                    let columns = zip(table.columns, zip(mine.values, theirs.values))
                        .filter { $0.1.0 != $0.1.1 }.map(\.0)
                    return StoreDifference(row: mine, kind: .columns(columns))
                }
                return StoreValue.precedes(mine.key, theirs.key)
                    ? StoreDifference(row: mine, kind: .onlyHere)
                    : StoreDifference(row: theirs, kind: .onlyThere)
            }
        }
    }

    /// The first row that this store and another do not have alike.
    public func firstDifference(with other: any StoreRows) throws -> StoreDifference? {
        for table in StoreTable.allCases {
            if let difference = try firstDifference(with: other, in: table) { return difference }
        }
        return nil
    }
}

/// A table's rows one after the other, read some at a time.
private struct RowQueue {
    let store: any StoreRows
    let table: StoreTable
    private let rowsPerRead = 500
    private var rows: [StoreRow] = []
    private var place = 0
    private var isAtEnd = false

    init(store: any StoreRows, table: StoreTable) {
        self.store = store
        self.table = table
    }

    mutating func next() throws -> StoreRow? {
        if place == rows.count, !isAtEnd {
            rows = try store.rows(of: table, after: rows.last?.key, limit: rowsPerRead)
            place = 0
            isAtEnd = rows.count < rowsPerRead
        }
        guard place < rows.count else { return nil }
        defer { place += 1 }
        return rows[place]
    }
}
