import Synchronization

/// Loads what never changes: keeps it, bounded, until it is told to forget it, and loads what several ask for at once only once.
///
/// A load runs as long as somebody waits for it; when the last one gives up it is cancelled.
final class SharedLoads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct Load {
        var number: UInt64
        var task: Task<Void, Never>?
        var waiters: [UInt64: Waiter]
    }

    private struct State {
        var kept: GenerationCache<Key, Value>
        var loads: [Key: Load] = [:]
        var lastNumber: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state: Mutex<State>
    private let cost: @Sendable (Value) -> Int

    /// Keeps values up to what they cost together.
    init(costMax: Int, cost: @escaping @Sendable (Value) -> Int) {
        state = Mutex(State(kept: GenerationCache(costMax: costMax)))
        self.cost = cost
    }

    /// What is kept of a key.
    func kept(_ key: Key) -> Value? { state.withLock { $0.kept.find(key) } }

    /// Forgets what is kept of a key, so that who asks next has it loaded.
    func forget(_ key: Key) { state.withLock { $0.kept.remove(key) } }

    /// How many wait for a key.
    func waiting(for key: Key) -> Int { state.withLock { $0.loads[key]?.waiters.count ?? 0 } }

    /// The value of a key: kept, or loaded for all who ask for it meanwhile.
    ///
    /// - Throws: what `load` throws, or `CancellationError` as soon as the task is cancelled.
    func value(
        of key: Key,
        load: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let number = state.withLock { $0.nextNumber() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                wait(for: key, waiter, number, load)
                // A cancellation that came before found nobody waiting.
                if Task.isCancelled { giveUp(key, number) }
            }
        } onCancel: {
            giveUp(key, number)
        }
    }

    private func wait(
        for key: Key,
        _ waiter: Waiter,
        _ number: UInt64,
        _ load: @escaping @Sendable () async throws -> Value
    ) {
        let value = state.withLock { state -> Value? in
            if let value = state.kept.find(key) { return value }
            if state.loads[key] == nil {
                let number = state.nextNumber()
                // It takes the lock before it ends, so it is noted by then.
                let task = Task { finish(key, number, await Self.result(of: load)) }
                state.loads[key] = Load(number: number, task: task, waiters: [:])
            }
            state.loads[key]?.waiters[number] = waiter
            return nil
        }
        if let value { waiter.resume(returning: value) }
    }

    private static func result(
        of load: @Sendable () async throws -> Value
    ) async -> Result<Value, any Error> {
        do {
            return .success(try await load())
        } catch {
            return .failure(error)
        }
    }

    private func finish(_ key: Key, _ number: UInt64, _ result: Result<Value, any Error>) {
        let waiters = state.withLock { state -> [Waiter] in
            if case .success(let value) = result {
                state.kept.insert(value, of: key, cost: cost(value))
            }
            // Another may have begun after all had given this one up.
            guard let load = state.loads[key], load.number == number else { return [] }
            state.loads[key] = nil
            return Array(load.waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    private func giveUp(_ key: Key, _ number: UInt64) {
        let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let waiter = state.loads[key]?.waiters.removeValue(forKey: number) else {
                return (nil, nil)
            }
            guard state.loads[key]?.waiters.isEmpty == true else { return (waiter, nil) }
            return (waiter, state.loads.removeValue(forKey: key)?.task)
        }
        task?.cancel()
        waiter?.resume(throwing: CancellationError())
    }
}
