import EventLog
import Events
import LogTail
import Stores

/// Looks into the hot store: whether it can be read, is whole, and fits the log.
struct StoreCheck: DoctorCheck {
    /// What was gathered.
    struct Facts: Sendable {
        /// Which store, without what is secret in its URL.
        var place: String
        /// What was found; `nil`: see `fault`.
        var inspection: StoreInspection?
        /// Why it could not be looked into.
        var fault: StoreError?
        /// What the log holds; `nil`: it is away.
        var extent: LogExtent?
    }

    /// SQLite checks a file of so much in that time on most machines; what is larger is checked in part.
    private static let checkTimeMax: Duration = .seconds(20)
    /// A store that is smaller is small, however much of it is empty.
    static let bytesUsual: Int64 = 100_000_000
    /// The write-ahead log is emptied when it is much smaller.
    static let pendingBytesMax: Int64 = 1_000_000_000

    let name = "store"
    var timeLimit: Duration { .seconds(40) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let location: StoreLocation
        do {
            location = try context.settings.storeLocation()
        } catch {
            return Self.judge(Facts(place: "what store.url says", fault: error))
        }
        let log = context.log
        let facts = try await LogReader.onThread("doctor") {
            var facts = Facts(place: location.description)
            do {
                facts.inspection = try StoreInspection.inspect(
                    location,
                    checkTimeMax: Self.checkTimeMax
                )
            } catch let error as StoreError {
                facts.fault = error
                return facts
            }
            // After the store, which goes on meanwhile: so it can't be beyond an end that is only old.
            let admin = try LogAdmin(log, logger: .quiet)
            defer { admin.close() }
            facts.extent = try? LogExtent.read(admin)
            return facts
        }
        return Self.judge(facts)
    }

    static func judge(_ facts: Facts) -> [DoctorFinding] {
        if let fault = facts.fault { return [judge(fault, facts.place)] }
        guard let store = facts.inspection else { return [] }
        var findings: [DoctorFinding] = []
        let rebuild =
            "build a new one from the log beside it: `martlet replay --into FILE`, then `--swap`"
        if !store.faults.isEmpty {
            findings.append(
                .fail(
                    .storeDamaged,
                    "\(facts.place) is damaged: \(store.faults[0])",
                    do: rebuild
                )
            )
        }
        if let text = schemaComplaint(store) {
            findings.append(
                .warn(
                    .storeUnfinished,
                    "\(facts.place) is of \(text)",
                    do: "start martlet-persistence of this version: it brings the store up to date"
                )
            )
        }
        if let extent = facts.extent, let reason = extent.contradiction(to: store.positions) {
            findings.append(
                .fail(
                    .storeContradicts,
                    "\(facts.place) can't have been made from this log: \(reason)",
                    do:
                        "see which log and which data folder are configured; if the log was made anew, \(rebuild)"
                )
            )
        }
        if store.bytes > bytesUsual, store.freeBytes > store.bytes / 2 {
            findings.append(
                .warn(
                    .storeSparse,
                    "\(facts.place): \(DoctorText.bytes(store.freeBytes)) of "
                        + "\(DoctorText.bytes(store.bytes)) are empty",
                    do: "nothing, if it fills again; else \(rebuild)"
                )
            )
        }
        if store.pendingBytes > pendingBytesMax {
            findings.append(
                .warn(
                    .storeUnfinished,
                    "\(facts.place): \(DoctorText.bytes(store.pendingBytes)) wait in the write-ahead log",
                    do:
                        "find who reads the file for so long (a copy, a shell): it can't be emptied before"
                )
            )
        }
        return findings.isEmpty ? [.ok(summary(facts, store))] : findings
    }

    /// Which schema it is of, if that is not this program's.
    private static func schemaComplaint(_ store: StoreInspection) -> String? {
        if let schema = store.schema, let known = store.schemaKnown, schema != known {
            return "schema \(schema), this program's is \(known)"
        }
        return store.isOutdated ? "an older schema, or its making was cut short" : nil
    }

    private static func judge(_ fault: StoreError, _ place: String) -> DoctorFinding {
        let text = "\(place) can't be read: \(fault)"
        switch fault.code {
        case .missing:
            return .warn(
                .storeMissing,
                "there is no store at \(place) yet",
                do: "start martlet-persistence: it makes one from the log"
            )
        case .unavailable:
            return .fail(
                .storeUnreadable,
                text,
                do:
                    "see whether the database server runs and store.url leads to it; history is away meanwhile, "
                    + "persistence waits, and nothing is lost"
            )
        case .tooNew:
            return .fail(
                .storeUnreadable,
                text,
                do: "use the version that made it, here and for the services"
            )
        case .invalidLocation: return .fail(.storeUnreadable, text, do: "correct store.url")
        default:
            return .fail(
                .storeUnreadable,
                text,
                do:
                    "see who owns it and that nothing else writes it; the log has everything that is in it"
            )
        }
    }

    private static func summary(_ facts: Facts, _ store: StoreInspection) -> String {
        var text = "\(store.engine) at \(facts.place)"
        if store.bytes > 0 { text += ", \(DoctorText.bytes(store.bytes))" }
        if store.freeBytes > 0 { text += " (\(DoctorText.bytes(store.freeBytes)) of it free)" }
        if let schema = store.schema { text += ", schema \(schema)" }
        if store.engine == "SQLite" {
            text += store.isCheckComplete ? ", whole" : ", whole as far as there was time to look"
        }
        text +=
            facts.extent == nil ? "; not compared with the log, which is away" : "; fits the log"
        return text
    }
}
