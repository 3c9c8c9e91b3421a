import Dispatch

extension DispatchQueue {
    /// Runs what blocks on this queue, while the task that waits for it keeps no thread from others.
    ///
    /// - Throws: what `body` throws; a cancelled task waits for the end all the same.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            self.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
