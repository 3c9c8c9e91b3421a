import EventLog
import LogTail
import Logging

/// One thing to look at: gathers facts, and hands them to a pure judgement.
protocol DoctorCheck: Sendable {
    /// What it looks at, in a word.
    var name: String { get }
    /// What it can't do without.
    var needs: DoctorNeed? { get }
    /// What others do not have if this check fails as a whole.
    var provides: DoctorNeed? { get }
    /// How long it may take.
    var timeLimit: Duration { get }

    /// Looks; at least one finding.
    func run(_ context: DoctorContext) async throws -> [DoctorFinding]
}

extension DoctorCheck {
    /// Nothing by default.
    var needs: DoctorNeed? { nil }
    /// Nothing by default.
    var provides: DoctorNeed? { nil }
    /// 10 s by default.
    var timeLimit: Duration { .seconds(10) }

    /// Gathers on a thread that may block, with a connection to the log.
    func withLog<Value: Sendable>(
        _ context: DoctorContext,
        _ body: @escaping @Sendable (LogAdmin) throws -> Value
    ) async throws -> Value {
        let configuration = context.log
        return try await LogReader.onThread("doctor") {
            let admin = try LogAdmin(configuration, logger: .quiet)
            defer { admin.close() }
            return try body(admin)
        }
    }
}
