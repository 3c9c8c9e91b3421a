import Synchronization

/// Runs checks one after the other, each within its time, whatever the others come to.
struct DoctorRun {
    let checks: [any DoctorCheck]
    let context: DoctorContext

    /// What one check came to.
    struct Outcome: Sendable {
        let check: String
        let findings: [DoctorFinding]
        let duration: Duration
    }

    /// Runs all; `tell` is told of each when it is done.
    func run(tell: (Outcome) -> Void) async -> [Outcome] {
        var outcomes: [Outcome] = []
        var missing: Set<DoctorNeed> = []
        for check in checks {
            let start = ContinuousClock.now
            let findings: [DoctorFinding]
            if let need = check.needs, missing.contains(need) {
                findings = [.notChecked(need.absence)]
            } else {
                findings = await Self.findings(of: check, context)
            }
            missing.formUnion(findings.compactMap(\.withholds))
            let outcome = Outcome(
                check: check.name,
                findings: findings,
                duration: start.duration(to: .now)
            )
            outcomes.append(outcome)
            tell(outcome)
        }
        return outcomes
    }

    private static func findings(
        of check: any DoctorCheck,
        _ context: DoctorContext
    ) async -> [DoctorFinding] {
        let answer = FirstAnswer<Result<[DoctorFinding], any Error>?>()
        // A check that hangs in a call of the system can't be ended: it is left alone, and ends with the process.
        let work = Task {
            let result: Result<[DoctorFinding], any Error>
            do {
                result = .success(try await check.run(context))
            } catch {
                result = .failure(error)
            }
            answer.give(result)
        }
        let timer = Task {
            try? await Task.sleep(for: check.timeLimit)
            answer.give(nil)
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        switch await answer.value() {
        case .success(let findings)?: return findings
        case .failure(let error)?: return [failed(check, "it could not be finished: \(error)")]
        case nil:
            return [failed(check, "it did not end within \(DoctorText.span(check.timeLimit))")]
        }
    }

    private static func failed(_ check: any DoctorCheck, _ text: String) -> DoctorFinding {
        let finding = DoctorFinding.fail(
            .checkFailed,
            text,
            do: "look at what this check looks at: something there does not answer as it should"
        )
        return check.provides.map(finding.withholding) ?? finding
    }
}

/// The first of several answers, for one who waits.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private struct State {
        var answer: Value?
        var waiter: CheckedContinuation<Value, Never>?
        var isGiven = false
    }

    private let state = Mutex(State())

    /// Gives an answer; all but the first are dropped.
    func give(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            guard !state.isGiven else { return nil }
            state.isGiven = true
            state.answer = value
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let answer: Value? = state.withLock { state in
                if !state.isGiven { state.waiter = continuation }
                return state.isGiven ? state.answer : nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}
