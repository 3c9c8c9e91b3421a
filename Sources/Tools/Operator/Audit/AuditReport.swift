import Events
import LogTail

/// Tells people and programs what an audit found.
struct AuditReport {
    let outcome: LogAuditor.Outcome
    let findingsShown: Int
    let palette: Palette

    /// The conclusion, and before it what is wrong.
    var lines: [String] {
        var lines = outcome.findings.prefix(findingsShown).map { finding in
            palette.paint(finding.kind.rawValue, .fault) + "  \(finding.place): \(finding.detail)"
        }
        let more = outcome.findings.count - lines.count
        if more > 0 { lines.append("… and \(ProgressText.grouped(Int64(more))) more") }
        let counts = AuditFinding.Kind.allCases.map { kind in
            "\(ProgressText.grouped(Int64(outcome.count(kind)))) \(kind.rawValue)"
        }
        let conclusion = counts.joined(separator: ", ") + " up to offsets \(ends)"
        lines.append(palette.paint(conclusion, outcome.findings.isEmpty ? .good : .fault))
        lines.append(
            "\(ProgressText.grouped(Int64(outcome.submissions))) submissions, "
                + "\(ProgressText.grouped(Int64(outcome.accepted))) events, "
                + "\(ProgressText.grouped(Int64(outcome.inboxRecords))) inbox records"
        )
        return lines
    }

    private var ends: String {
        outcome.ends.sorted { $0.key < $1.key }.map { "\($0.key)@\($0.value)" }
            .joined(separator: " ")
    }

    /// The report as a JSON object.
    var object: JSONObject {
        var object = JSONObject()
        for kind in AuditFinding.Kind.allCases {
            let name = kind == .outOfOrder ? "out_of_order" : kind.rawValue
            object.add(name, Int64(outcome.count(kind)))
        }
        object.add("submissions", Int64(outcome.submissions))
        object.add("events", Int64(outcome.accepted))
        object.add("inbox_records", Int64(outcome.inboxRecords))
        object.add(
            "findings",
            outcome.findings.prefix(findingsShown).map { finding in
                var object = JSONObject()
                object.add("kind", finding.kind.rawValue)
                object.add("place", finding.place)
                object.add("detail", finding.detail)
                return object
            }
        )
        return object
    }
}
