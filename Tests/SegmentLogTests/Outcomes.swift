import Foundation
import SegmentLog

/// What was told about appends.
final class Outcomes: AppendWaiter, @unchecked Sendable {
    // Unchecked: everything is only touched under `condition`.

    private let condition = NSCondition()
    private var told: [Int: Bool] = [:]
    private var isFatal = false

    func appendDidFinish(_ append: FinishedAppend) {
        condition.lock()
        told[append.ticket.index] = append.isDurable
        condition.unlock()
        condition.broadcast()
    }

    func stop() {
        condition.lock()
        isFatal = true
        condition.unlock()
        condition.broadcast()
    }

    /// Whether each append is durable, of those that were told.
    var all: [Int: Bool] {
        condition.lock()
        defer { condition.unlock() }
        return told
    }

    /// Waits for an outcome; `nil` if the store stopped, or after a minute.
    func wait(for index: Int) -> Bool? {
        let limit = Date(timeIntervalSinceNow: 60)
        condition.lock()
        defer { condition.unlock() }
        while told[index] == nil, !isFatal {
            guard condition.wait(until: limit) else { return nil }
        }
        return told[index]
    }
}
