import Metrics

/// What the router counts; added up per batch, since a counter costs more than a decision's share of one.
struct RouterMetrics {
    var accepted = 0
    var duplicates = 0
    private var rejections: [String: Int] = [:]
    private let acceptedCounter = Counter(label: "router_accepted_total")
    private let duplicatesCounter = Counter(label: "router_duplicates_total")

    mutating func rejected(_ code: String) {
        rejections[code, default: 0] += 1
    }

    mutating func flush() {
        if accepted > 0 { acceptedCounter.increment(by: accepted) }
        if duplicates > 0 { duplicatesCounter.increment(by: duplicates) }
        accepted = 0
        duplicates = 0
        for (code, count) in rejections {
            Counter(label: "router_rejected_total", dimensions: [("code", code)])
                .increment(by: count)
        }
        rejections.removeAll(keepingCapacity: true)
    }
}
