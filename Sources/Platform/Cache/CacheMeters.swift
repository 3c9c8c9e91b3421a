import Metrics

/// What a cache counts.
struct CacheMeters: Sendable {
    /// Why there was neither a hit nor a miss; a fixed set.
    enum Trouble: String, CaseIterable, Sendable {
        /// Nobody is connected.
        case away
        /// The queue was full.
        case full
        /// The queue was too slow.
        case late
        /// The server could not be reached.
        case unreachable
        /// The server did not answer in time.
        case timeout
        /// The server closed the connection.
        case closed
        /// What came was no answer to what was asked.
        case nonsense
        /// The server said no.
        case refused
    }

    let hits: Counter
    let misses: Counter
    private let errors: [Trouble: Counter]

    /// The counters of a kind of cache, such as `redis`.
    init(_ kind: String, factory: any MetricsFactory = MetricsSystem.factory) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(
                label: "martlet_cache_\(name)_total",
                dimensions: [("cache", kind)] + dimensions,
                factory: factory
            )
        }
        hits = counter("hits")
        misses = counter("misses")
        errors = Dictionary(
            uniqueKeysWithValues: Trouble.allCases.map {
                ($0, counter("errors", [("reason", $0.rawValue)]))
            }
        )
    }

    /// Counts an answer: something or nothing.
    func answered(_ bytes: [UInt8]?) {
        (bytes == nil ? misses : hits).increment()
    }

    /// Counts a request that could not be answered.
    func failed(_ trouble: Trouble) {
        errors[trouble]?.increment()
    }
}
