/// What `martlet verify --json` says.
struct OperatorProof: Decodable, Sendable {
    struct Table: Decodable, Sendable {
        let table: String
        let equal: Bool
        let rows: Int
        let sha256: String
        let firstDifference: String?
    }

    let equal: Bool
    let records: Int64
    let recordsBehind: Int64
    let tables: [Table]

    /// What is in each table: equal only if it is the same.
    var contents: [String: String] {
        Dictionary(tables.map { ($0.table, "\($0.rows) \($0.sha256)") }) { $1 }
    }

    /// The tables that are not what the log says, each with the first row that is not.
    var differences: [String: String] {
        Dictionary(tables.filter { !$0.equal }.map { ($0.table, $0.firstDifference ?? "") }) { $1 }
    }
}
