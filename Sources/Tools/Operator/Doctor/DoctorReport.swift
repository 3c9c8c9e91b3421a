import Events
import LogTail

/// Tells people and programs what was found.
struct DoctorReport {
    let palette: Palette

    private static let statusColumns = 6
    private static let nameColumns = 14

    /// The lines of one check.
    func lines(_ outcome: DoctorRun.Outcome) -> [String] {
        outcome.findings.flatMap { finding in
            let label = TopicTable.left(Self.word(finding.status), Self.statusColumns)
            var lines = [
                palette.paint(label, Self.role(finding.status))
                    + palette.paint(TopicTable.left(outcome.check, Self.nameColumns), .strong)
                    + TerminalText.harmless(finding.text)
            ]
            if !finding.advice.isEmpty {
                let margin = String(repeating: " ", count: Self.statusColumns + Self.nameColumns)
                lines.append(
                    margin + palette.paint("→ ", .faint) + TerminalText.harmless(finding.advice)
                )
            }
            return lines
        }
    }

    /// The last line.
    func conclusion(_ outcomes: [DoctorRun.Outcome]) -> String {
        let failures = Self.count(.fail, outcomes)
        let warnings = Self.count(.warn, outcomes)
        let left = Self.count(.notChecked, outcomes)
        var parts: [String] = []
        if failures > 0 { parts.append(palette.paint("\(failures) failed", .fault)) }
        if warnings > 0 { parts.append("\(warnings) worth a look") }
        if left > 0 { parts.append("\(left) not checked") }
        return parts.isEmpty
            ? palette.paint("All is well.", .good)
            : parts.joined(separator: ", ") + "."
    }

    /// Everything as one object.
    static func object(_ outcomes: [DoctorRun.Outcome]) -> JSONObject {
        var object = JSONObject()
        object.add("ok", !hasFailed(outcomes))
        object.add("failed", Int64(count(.fail, outcomes)))
        object.add("warnings", Int64(count(.warn, outcomes)))
        object.add("not_checked", Int64(count(.notChecked, outcomes)))
        object.add("checks", outcomes.map(Self.object))
        return object
    }

    /// Whether something does not work.
    static func hasFailed(_ outcomes: [DoctorRun.Outcome]) -> Bool { count(.fail, outcomes) > 0 }

    private static func object(_ outcome: DoctorRun.Outcome) -> JSONObject {
        var object = JSONObject()
        object.add("check", outcome.check)
        object.add("milliseconds", outcome.duration.milliseconds)
        object.add(
            "findings",
            outcome.findings.map { finding in
                var object = JSONObject()
                object.add("status", finding.status.rawValue)
                object.add("code", finding.code.description)
                object.add("text", finding.text)
                if !finding.advice.isEmpty { object.add("advice", finding.advice) }
                return object
            }
        )
        return object
    }

    private static func count(
        _ status: DoctorFinding.Status,
        _ outcomes: [DoctorRun.Outcome]
    ) -> Int {
        outcomes.reduce(0) { $0 + $1.findings.count { $0.status == status } }
    }

    private static func word(_ status: DoctorFinding.Status) -> String {
        switch status {
        case .ok: "OK"
        case .warn: "WARN"
        case .fail: "FAIL"
        case .notChecked: "–"
        }
    }

    private static func role(_ status: DoctorFinding.Status) -> Palette.Role {
        switch status {
        case .ok: .good
        case .warn: .number
        case .fail: .fault
        case .notChecked: .faint
        }
    }
}
