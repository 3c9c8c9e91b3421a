import Conversations
import Events
import GRDB
import Synchronization
import Testing

@testable import Stores

/// A search costs what it looks at: SQLite's own account of how it finds it.
@Suite struct SearchPlanTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func nothingIsReadFromEndToEndOrSorted() throws {
        var room = try Room(.group, of: ada, with: [bob])
        let post = try room.post("hello", by: ada)
        try room.act(
            ada,
            .editMessage(post.submission, content: MessageContent.encodedText("hello you".utf8))
        )
        let path = folder.file("history.sqlite")
        let kept = Mutex<Set<String>>([])
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            database.trace { event in
                guard case .statement(let statement) = event else { return }
                let sql = statement.sql
                let isOurs = ["SELECT", "INSERT", "UPDATE", "DELETE"].contains {
                    sql.hasPrefix($0) && !sql.contains("sqlite_master") && !sql.contains("'main'.")
                }
                if isOurs { _ = kept.withLock { $0.insert(sql) } }
            }
        }
        try SQLiteHotStore(path: path).apply(room.take())
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.write { database in
            let connection = StoreConnection(database)
            _ = try SearchIndexing.run(limit: 100, connection)
            try SearchIndex(database: connection).remove(post.storedSeq, of: room.id)
            _ = try SearchIndexing.run(limit: 100, connection)
        }
        let reader = SQLiteStoreReader(pool)
        for conversation in [nil, room.id] {
            let query = try SearchQuery("hello")
            let viewer = Viewer(ada, at: room.time)
            _ = try reader.search(query, in: conversation, for: viewer, before: nil, limit: 9)
        }
        let statements = kept.withLock { $0.sorted() }
        #expect(statements.contains { $0.contains("MATCH") })
        #expect(statements.contains { $0.contains("'delete'") })
        #expect(statements.contains { $0.contains("last_seq > search_seq LIMIT") })
        var faults: [String] = []
        try pool.read { database in
            for sql in statements {
                let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                statement.setUncheckedArguments(StatementArguments())
                for row in try Row.fetchAll(statement) {
                    let step: String = row["detail"]
                    // The list of the account's conversations is sorted, as `QueryPlanTests` says.
                    let isList = sql.contains("ORDER BY coalesce(m.left_time")
                    // The index of words is asked for a match below a row.
                    let isMatch = step == "SCAN search_words VIRTUAL TABLE INDEX 192:M2<"
                    // What is unfinished is an index of nothing else, and so is what was taken out.
                    let isUnfinished =
                        step == "SCAN conversations USING INDEX conversations_unsearched"
                        || step == "SCAN search_removed"
                    let isScan = step.hasPrefix("SCAN") && step != "SCAN CONSTANT ROW"
                    if isScan, !isMatch, !isUnfinished { faults.append("\(step): \(sql)") }
                    if step.contains("TEMP B-TREE"), !isList { faults.append("\(step): \(sql)") }
                }
            }
        }
        #expect(faults == [])
    }
}
