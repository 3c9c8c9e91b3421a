import Foundation

/// How much the tests do: small in `make test`, as in the requirements in `make faults`.
enum Doses {
    /// Messages that a device misses: `MARTLET_OFFLINE_MESSAGES`.
    static let offlineMessages =
        ProcessInfo.processInfo.environment["MARTLET_OFFLINE_MESSAGES"].flatMap { Int($0) } ?? 500
}
