import EventLog
import Projections

/// Appends to memory; when it is cut, the last record of each call is lost and the call fails.
final class MemoryLog: OutputLog {
    var records: [OutgoingRecord] = []
    var isCut = false

    func begin(_ records: [OutgoingRecord]) throws -> (any OutputsInFlight)? {
        self.records += isCut ? Array(records.dropLast()) : records
        if isCut { throw CancellationError() }
        return nil
    }
}
