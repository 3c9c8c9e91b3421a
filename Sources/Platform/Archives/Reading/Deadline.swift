/// The moment by which something must have come.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    /// So long from now on.
    init(in duration: Duration) {
        end = .now + duration
    }

    /// Runs `body`, which is cancelled when it is too late.
    ///
    /// - Throws: what `body` throws; `CancellationError` if it was too late.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            defer { group.cancelAll() }
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                throw CancellationError()
            }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
