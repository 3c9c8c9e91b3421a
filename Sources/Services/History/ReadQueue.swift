import Foundation
import Synchronization
import Web

/// Runs reads of the store, which block, on threads of their own; bounded.
final class ReadQueue: Sendable {
    /// How many reads wait or run at most; more are refused.
    static let readsMax = 512

    private let operations: OperationQueue
    private let count = Mutex(0)

    init(threads: Int = 4) {
        operations = OperationQueue()
        operations.name = "history-reads"
        operations.maxConcurrentOperationCount = threads
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
    {
        let isAdmitted = count.withLock { count in
            guard count < Self.readsMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw Problem.storeUnavailable }
        defer { count.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            operations.addOperation { continuation.resume(with: Result { try body() }) }
        }
    }
}
