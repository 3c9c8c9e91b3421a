import Blobs

/// Puts, reads, lists and removes one small blob where archives are kept.
struct BlobsCheck: DoctorCheck {
    /// A step of the probe, and how long it took.
    struct Step: Sendable, Equatable {
        var name: String
        var duration: Duration
    }

    /// What was gathered.
    struct Facts: Sendable {
        /// Which blob store.
        var place: String
        var steps: [Step]
        /// What could not be done, and why; no credential.
        var fault: String?
    }

    /// The key of the probe.
    static let key = "doctor/probe"
    /// A step that takes longer is worth a look.
    static let stepMax: Duration = .seconds(2)

    let name = "blobs"
    var timeLimit: Duration { .seconds(30) }

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        var facts = Facts(place: "what blobs.url says", steps: [])
        do {
            let location = try context.settings.blobLocation()
            facts.place = location.description
            guard BlobProbe.exists(location) else {
                return [.ok("\(location): made when the first archive is written")]
            }
            try await BlobProbe(location, context).run { facts.steps.append($0) }
        } catch {
            // A `BlobError` never has a credential in it.
            facts.fault = "\(error)"
        }
        return Self.judge(facts)
    }

    static func judge(_ facts: Facts) -> [DoctorFinding] {
        if let fault = facts.fault {
            return [
                .fail(
                    .blobsUnusable,
                    "\(facts.place): \(fault)",
                    do:
                        "see that it is there and may be written to (blobs.url, AWS_ACCESS_KEY_ID); "
                        + "archives are not written or read meanwhile, and nothing is lost"
                )
            ]
        }
        let slow = facts.steps.filter { $0.duration > stepMax }
        guard slow.isEmpty else {
            let steps = slow.map { "\($0.name) \(DoctorText.span($0.duration))" }
            return [
                .warn(
                    .blobsSlow,
                    "\(facts.place) is slow: \(steps.joined(separator: ", "))",
                    do: "look at the network to it: pages of old history take as long"
                )
            ]
        }
        let steps = facts.steps.map { "\($0.name) \(DoctorText.span($0.duration))" }
        return [.ok("\(facts.place): \(steps.joined(separator: ", "))")]
    }
}
