import Events
import LogTail
import Persistence

/// Tells people and programs how a replay went.
struct ReplayReport {
    let plan: ReplayPlan
    let outcome: ReplayRun.Outcome

    /// The report in lines.
    var lines: [String] {
        let progress = outcome.progress
        var lines = outcome.warnings
        var text = "\(plan.target): \(ProgressText.grouped(progress.read)) records in "
        text += "\(ProgressText.seconds(outcome.duration)) (\(ProgressText.grouped(rate))/s)"
        if outcome.before > 0 {
            text += ", going on after \(ProgressText.grouped(outcome.before))"
        }
        lines.append(text)
        if progress.poisoned > 0 {
            lines.append(
                "\(ProgressText.grouped(progress.poisoned)) of them could not be folded: "
                    + "see `martlet dead-letters list`"
            )
        }
        lines.append(state)
        return lines
    }

    private var state: String {
        if outcome.isSwapped { return "it stands in the place of \(plan.live)" }
        guard outcome.isComplete else {
            let left = outcome.progress.total - outcome.progress.read
            return "interrupted, \(ProgressText.grouped(left)) records before the end: "
                + "run it again to go on"
        }
        let place = plan.until == nil ? "where the log ended" : "where it was to end"
        return plan.swaps
            ? "complete; interrupted before it was put in place: run it again"
            : "complete: it stands \(place); --swap puts it in place"
    }

    /// Records a second.
    private var rate: Int64 {
        let seconds = outcome.duration.seconds
        return seconds > 0 ? Int64((Double(outcome.progress.read) / seconds).rounded()) : 0
    }

    /// The report as a JSON object.
    var object: JSONObject {
        var object = JSONObject()
        object.add("store", "\(outcome.isSwapped ? plan.live : plan.target)")
        object.add("complete", outcome.isComplete)
        object.add("swapped", outcome.isSwapped)
        object.add("records_before", outcome.before)
        object.add("records", outcome.progress.read)
        object.add("records_left", outcome.progress.total - outcome.progress.read)
        object.add("records_not_folded", outcome.progress.poisoned)
        object.add("milliseconds", outcome.duration.milliseconds)
        object.add("records_per_second", rate)
        object.add("warnings", outcome.warnings)
        return object
    }
}
