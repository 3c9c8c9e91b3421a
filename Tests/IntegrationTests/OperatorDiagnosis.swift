/// What `martlet doctor --json` says.
struct OperatorDiagnosis: Decodable, Sendable {
    struct Finding: Decodable, Sendable {
        let status: String
        let code: String
        let text: String
        let advice: String?
    }

    struct Check: Decodable, Sendable {
        let check: String
        let findings: [Finding]
    }

    let ok: Bool
    let failed: Int
    let notChecked: Int
    let checks: [Check]

    func findings(of check: String) -> [Finding] {
        checks.first { $0.check == check }?.findings ?? []
    }

    func codes(of check: String) -> [String] { findings(of: check).map(\.code) }

    func statuses(of check: String) -> [String] { findings(of: check).map(\.status) }
}
