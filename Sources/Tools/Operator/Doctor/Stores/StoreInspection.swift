import Events
import Stores

/// What a look into a hot store found.
struct StoreInspection: Sendable {
    /// Which kind of database.
    var engine = "SQLite"
    /// The newest step of its schema.
    var schema: String?
    /// The newest step that this program knows.
    var schemaKnown: String?
    var bytes: Int64 = 0
    /// Of these, what no row uses.
    var freeBytes: Int64 = 0
    /// What waits in the write-ahead log.
    var pendingBytes: Int64 = 0
    /// Whether not all steps of its schema were run; then nobody knows where it stands.
    var isOutdated = false
    /// Where it stands.
    var positions: [TopicPartition: Offset] = [:]
    /// What the database's own check found wrong.
    var faults: [String] = []
    /// Whether that check came to its end.
    var isCheckComplete = true

    /// Looks into a store, reading only; blocks for `checkTimeMax` and a little.
    ///
    /// - Throws: `StoreError`.
    static func inspect(
        _ location: StoreLocation,
        checkTimeMax: Duration
    ) throws -> StoreInspection {
        var inspection = StoreInspection()
        switch try location.read(readersMax: 1) {
        case .reader(let reader): inspection.positions = try reader.positions()
        case .outdated: inspection.isOutdated = true
        }
        switch location {
        case .sqlite(let path):
            inspection.schemaKnown = SQLiteHotStore.schemaSteps.last?.identifier
            try SQLiteFile.inspect(path, checkTimeMax: checkTimeMax, &inspection)
        // The server looks after its pages itself.
        case .postgres: inspection.engine = "PostgreSQL"
        }
        return inspection
    }
}
