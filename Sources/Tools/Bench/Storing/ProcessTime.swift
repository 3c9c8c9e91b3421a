import Foundation

/// The CPU time of this process.
enum ProcessTime {
    /// Seconds in user and kernel mode, of all threads; wraps after some hours.
    static func now() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
