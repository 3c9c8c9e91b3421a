import Conversations
import Events
import Testing

@testable import Stores

/// Steps of the schema that change what is in the tables, on a store that was taken back to the step before.
@Suite(.onEveryStore)
struct SchemaStepTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Runs statements, one after the other.
    private func run(_ script: String, on store: any HotStore) throws {
        let tables = try #require(store as? any SQLHotStore)
        try tables.write { database in
            for statement in script.split(separator: ";")
            where !statement.allSatisfy(\.isWhitespace) {
                try BoundStatement(database, String(statement)).run()
            }
        }
    }

    /// The statements of the step with a name.
    private func step(_ name: String, of store: any HotStore) throws -> String {
        guard store is PostgresHotStore else {
            let step = SQLiteHotStore.schemaSteps.first { $0.identifier.hasSuffix(name) }
            return try #require(step).sql
        }
        let step = PostgresStoreSchema.steps.first { $0.identifier.hasSuffix(name) }
        return try #require(step).sql
    }

    @Test func aPinKnowsItsMessage() throws {
        let old = try folder.store("old")
        let built = try folder.store("built")
        var group = try Room(.group, of: ada, with: [bob])
        for number in 1...3 {
            let post = try group.post("\(number)", by: ada)
            if number > 1 { try group.act(ada, .pin(post.submission, isPinned: true)) }
        }
        var direct = Room(between: ada, and: bob)
        try direct.post("before", by: bob)
        try direct.act(bob, .setBlock(ada, isBlocked: true))
        let withheld = try direct.post("withheld", by: ada)
        #expect(withheld.isWithheld)
        try direct.act(ada, .pin(withheld.submission, isPinned: true))
        for batch in [group.take(), direct.take()] {
            try old.apply(batch)
            try built.apply(batch)
        }
        #expect(try built.digest(of: .pins).rows == 3)
        try run("ALTER TABLE pins DROP COLUMN message_id", on: old)
        try run(step("-pins", of: old), on: old)
        #expect(try old.firstDifference(with: built) == nil)
    }

    @Test func phrasesOfTextsThatWereIndexedBeforeAreFound() throws {
        let store = try folder.store("history")
        // SQLite finds them without.
        guard store is PostgresHotStore else { return }
        var script = Script()
        script.post(String(repeating: "the ", count: 300) + "the end", from: ada, to: bob)
        script.post("the end", from: ada, to: bob)
        try store.apply(script.take())
        try store.indexAllTexts()
        func found() throws -> [Int64] {
            try store.found("\"the end\"", by: Viewer(bob)).map(\.seq)
        }
        #expect(try found() == [2, 1])
        try run("UPDATE searched SET body = ts_delete(body, '=cut')", on: store)
        #expect(try found() == [2])
        try run(step("-search-cut", of: store), on: store)
        #expect(try found() == [2, 1])
        let marked = "SELECT count(*) FROM searched WHERE CAST(body AS text) LIKE '%=cut%'"
        #expect(try store.asked(marked) == 1)
    }
}
