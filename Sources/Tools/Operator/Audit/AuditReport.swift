import Events
import LogTail

/// Tells people and programs what an audit found.
struct AuditReport {
    let outcome: AuditOutcome
    let findingsShown: Int
    let palette: Palette

    /// The conclusion, and before it what is wrong.
    var lines: [String] {
        var lines = outcome.findings.prefix(findingsShown).map { line(of: $0) }
        let all = AuditFinding.Kind.allCases.reduce(0) { $0 + outcome.count($1) }
        let more = all - lines.count
        if more > 0 { lines.append("… and \(Self.grouped(more)) more") }
        lines.append(conclusion)
        lines.append(
            "\(Self.grouped(outcome.submissions)) submissions, "
                + "\(Self.grouped(outcome.accepted)) events, "
                + "\(Self.grouped(outcome.accountRecords)) account records, "
                + "\(Self.grouped(outcome.receipts)) marks, "
                + "\(Self.grouped(outcome.inboxRecords)) inbox records"
        )
        if outcome.suspicions > 0 {
            lines.append(
                "\(Self.grouped(outcome.suspicions)) ticks and read marks were not judged: "
                    + "receipts is not done with what they follow from"
            )
        }
        return lines
    }

    /// One finding.
    func line(of finding: AuditFinding) -> String {
        palette.paint(finding.kind.rawValue, .fault) + "  \(finding.place): \(finding.detail)"
    }

    /// How much of everything there is, and up to where.
    var conclusion: String {
        let counts = AuditFinding.Kind.allCases.map { kind in
            "\(Self.grouped(outcome.count(kind))) \(kind.rawValue)"
        }
        let text = counts.joined(separator: ", ") + " up to offsets \(ends)"
        return palette.paint(text, outcome.isClean ? .good : .fault)
    }

    /// How a system that is followed stands, in one line.
    var status: String {
        conclusion + "; \(Self.grouped(outcome.records)) records read, "
            + "\(Self.grouped(outcome.pending)) on their way, "
            + "\(Self.grouped(outcome.suspicions)) ticks awaited"
    }

    private var ends: String {
        outcome.ends.sorted { $0.key < $1.key }.map { "\($0.key)@\($0.value)" }
            .joined(separator: " ")
    }

    private static func grouped(_ number: Int) -> String { ProgressText.grouped(Int64(number)) }

    /// The report as a JSON object.
    var object: JSONObject {
        var object = statusObject
        object.add("findings", outcome.findings.prefix(findingsShown).map { Self.object(of: $0) })
        return object
    }

    /// How a system that is followed stands, as a JSON object.
    var statusObject: JSONObject {
        var object = JSONObject()
        for kind in AuditFinding.Kind.allCases {
            object.add(kind.name, Int64(outcome.count(kind)))
        }
        object.add("submissions", Int64(outcome.submissions))
        object.add("events", Int64(outcome.accepted))
        object.add("account_records", Int64(outcome.accountRecords))
        object.add("marks", Int64(outcome.receipts))
        object.add("inbox_records", Int64(outcome.inboxRecords))
        object.add("ticks_awaited", Int64(outcome.suspicions))
        object.add("up_to", ends)
        return object
    }

    /// One finding as a JSON object.
    static func object(of finding: AuditFinding) -> JSONObject {
        var object = JSONObject()
        object.add("kind", finding.kind.rawValue)
        object.add("place", finding.place)
        object.add("detail", finding.detail)
        return object
    }
}
