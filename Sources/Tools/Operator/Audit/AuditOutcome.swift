import Events

/// What an audit has found so far.
struct AuditOutcome: Sendable {
    /// Findings that are kept to be shown; all are counted.
    static let findingsMax = 1000

    var submissions = 0
    var accepted = 0
    var inboxRecords = 0
    var accountRecords = 0
    var receipts = 0
    /// All records read.
    var records = 0
    private(set) var findings: [AuditFinding] = []
    private(set) var counts: [AuditFinding.Kind: Int] = [:]
    /// Submissions from here on were not looked at.
    var ends: [Partition: Offset] = [:]
    /// Ticks and read marks that are not as they should be, and may still become so.
    var suspicions = 0
    /// Records whose counterparts have not been read.
    var pending = 0

    /// Whether nothing is wrong.
    var isClean: Bool { counts.isEmpty }

    func count(_ kind: AuditFinding.Kind) -> Int { counts[kind] ?? 0 }

    mutating func add(_ finding: AuditFinding) {
        counts[finding.kind, default: 0] += 1
        if findings.count < Self.findingsMax { findings.append(finding) }
    }
}
