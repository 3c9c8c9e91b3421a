/// Something that was found out about an installation, and what to do about it; never with user content or a credential.
struct DoctorFinding: Hashable, Sendable {
    /// How bad it is.
    enum Status: String, Sendable {
        /// As it should be.
        case ok
        /// Works, but is worth a look.
        case warn
        /// Does not work, or will not for long.
        case fail
        /// Not looked at, because something else that it needs is missing.
        case notChecked = "not_checked"
    }

    let status: Status
    let code: DoctorCode
    /// What was found, in one line.
    let text: String
    /// What to do about it, in one line; empty if there is nothing to be done.
    let advice: String
    /// What other checks can't have because of it.
    private(set) var withholds: DoctorNeed?

    static func ok(_ text: String) -> DoctorFinding {
        DoctorFinding(status: .ok, code: .ok, text: text, advice: "")
    }

    static func warn(_ code: DoctorCode, _ text: String, do advice: String) -> DoctorFinding {
        DoctorFinding(status: .warn, code: code, text: text, advice: advice)
    }

    static func fail(_ code: DoctorCode, _ text: String, do advice: String) -> DoctorFinding {
        DoctorFinding(status: .fail, code: code, text: text, advice: advice)
    }

    static func notChecked(_ reason: String) -> DoctorFinding {
        DoctorFinding(
            status: .notChecked,
            code: .notChecked,
            text: "not checked: \(reason)",
            advice: ""
        )
    }

    /// The same, with what other checks can't have because of it.
    func withholding(_ need: DoctorNeed) -> DoctorFinding {
        var finding = self
        finding.withholds = need
        return finding
    }
}

/// What a check may need of another.
enum DoctorNeed: Hashable, Sendable {
    /// A log that answers.
    case log

    /// Why what needs it was not looked at.
    var absence: String {
        switch self {
        case .log: "the log is away"
        }
    }
}
