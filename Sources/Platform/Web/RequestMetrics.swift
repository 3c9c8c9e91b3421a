import HTTPTypes
import Metrics
import Synchronization

/// Counts requests by route, method and status; a look-up per request, no allocation once a combination is known.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct Entry {
        let requests: Counter
        let seconds: Timer
    }

    /// Combinations at most; further ones are not counted.
    private static let entriesMax = 500

    private let entries = Mutex<[Key: Entry]>([:])

    func count(route: String, method: HTTPRequest.Method, status: Int, duration: Duration) {
        let name = WebRouter.methods.contains(method) ? method.rawValue : "other"
        let key = Key(route: route, method: name, status: status)
        let entry = entries.withLock { entries -> Entry? in
            if let entry = entries[key] { return entry }
            guard entries.count < Self.entriesMax else { return nil }
            let entry = Entry(
                requests: Counter(
                    label: "martlet_http_requests_total",
                    dimensions: [
                        ("route", route), ("method", name), ("status", String(status)),
                    ]
                ),
                seconds: Timer(
                    label: "martlet_http_request_seconds",
                    dimensions: [("route", route)]
                )
            )
            entries[key] = entry
            return entry
        }
        guard let entry else { return }
        let (seconds, attoseconds) = duration.components
        entry.requests.increment()
        entry.seconds.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
