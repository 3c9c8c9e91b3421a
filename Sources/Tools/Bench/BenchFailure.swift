/// Why a load can't be started, for the person who started it.
struct BenchFailure: Error, Equatable, CustomStringConvertible {
    /// What is wrong, and what to do.
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
