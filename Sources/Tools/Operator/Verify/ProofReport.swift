import Events
import LogTail
import Stores

/// Tells people and programs whether a store equals the log.
struct ProofReport {
    let outcome: StoreProof.Outcome
    let palette: Palette

    /// So many of a digest's 64 digits are shown to people.
    private static let digitsShown = 16

    /// The report in lines, one a table.
    var lines: [String] {
        var lines = [heading]
        lines += outcome.findings.map(line)
        lines.append(conclusion)
        return lines
    }

    private var heading: String {
        palette.paint(
            TopicTable.left("TABLE", 14) + TopicTable.right("ROWS", 12) + "  "
                + TopicTable.left("DIGEST", Self.digitsShown) + "  COMPARED WITH THE LOG",
            .faint
        )
    }

    private func line(_ finding: StoreProof.Finding) -> String {
        let store = finding.store
        var line = palette.paint(TopicTable.left(store.table.rawValue, 14), .strong)
        line += TopicTable.right(ProgressText.grouped(Int64(store.rows)), 12)
        line += "  " + palette.paint(Self.short(store), .faint) + "  "
        guard !finding.isEqual else { return line + palette.paint("OK", .good) }
        line += palette.paint("DIFFERS", .fault)
        if let difference = finding.difference { line += " at " + Self.words(difference) }
        let log = finding.log
        return line + "; the log gives \(ProgressText.grouped(Int64(log.rows))) rows, "
            + Self.short(log)
    }

    private static func short(_ digest: StoreDigest) -> String {
        String(digest.sha256.prefix(digitsShown))
    }

    /// Which row, and how; no content.
    static func words(_ difference: StoreDifference) -> String {
        let key = difference.row.keyDescription
        switch difference.kind {
        case .onlyHere: return "\(key): the log gives no such row"
        case .onlyThere: return "\(key): missing in the store"
        case .columns(let columns): return "\(key): other \(columns.joined(separator: ", "))"
        }
    }

    private var conclusion: String {
        let records = ProgressText.grouped(outcome.records)
        let time = ProgressText.seconds(outcome.duration)
        var text: String
        if outcome.isEqual {
            text = palette.paint("The store equals the log", .good)
        } else {
            let count = outcome.findings.count { !$0.isEqual }
            text = palette.paint("The store differs from the log", .fault)
            text += " in \(count) of \(outcome.findings.count) tables"
        }
        text += ": \(records) records folded in \(time)"
        if outcome.poisoned > 0 {
            text += ", \(ProgressText.grouped(outcome.poisoned)) of which could not be"
        }
        if outcome.archives > 0 {
            text += "; \(ProgressText.grouped(Int64(outcome.archives))) archives were read"
        }
        if outcome.behind > 0 {
            text += "; it had \(ProgressText.grouped(outcome.behind)) yet to read"
        }
        return text + "."
    }

    /// The report as a JSON object.
    var object: JSONObject {
        var object = JSONObject()
        object.add("equal", outcome.isEqual)
        object.add("records", outcome.records)
        object.add("records_not_folded", outcome.poisoned)
        object.add("records_behind", outcome.behind)
        object.add("archives", Int64(outcome.archives))
        object.add("milliseconds", outcome.duration.milliseconds)
        object.add("tables", outcome.findings.map(Self.object))
        return object
    }

    private static func object(_ finding: StoreProof.Finding) -> JSONObject {
        var object = JSONObject()
        object.add("table", finding.store.table.rawValue)
        object.add("equal", finding.isEqual)
        object.add("rows", Int64(finding.store.rows))
        object.add("sha256", finding.store.sha256)
        guard !finding.isEqual else { return object }
        object.add("log_rows", Int64(finding.log.rows))
        object.add("log_sha256", finding.log.sha256)
        if let difference = finding.difference {
            object.add("first_difference", words(difference))
        }
        return object
    }
}
