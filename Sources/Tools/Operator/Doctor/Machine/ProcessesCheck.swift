import Foundation
import ServiceKit

/// Looks at the processes themselves: how long they have been running, and how many files they may open.
struct ProcessesCheck: DoctorCheck {
    /// What was gathered of a process.
    struct Facts: Sendable {
        var name: String
        var age: Duration?
        var openFiles: Int?
        var openFilesMax: Int?
    }

    /// Sockets that one process takes, at most: what delivery is built for.
    static let socketsMax = 100_000
    /// Of the files that a process may open, so many may be open.
    static let shareUsual = 0.8
    /// A service that is so much younger than `martlet up` was started again.
    static let startUsual: Duration = .seconds(120)
    /// Fewer is too few for any service.
    static let filesMin = 4096

    let name = "processes"

    func run(_ context: DoctorContext) async throws -> [DoctorFinding] {
        let processes = context.processes.map { process in
            Facts(
                name: process.name,
                age: ProcessFiles.age(of: process.identifier),
                openFiles: ProcessFiles.openFiles(of: process.identifier),
                openFilesMax: ProcessFiles.openFilesMax(of: process.identifier)
            )
        }
        return Self.judge(
            processes,
            supervisorAge: RunFolder.supervisor(at: context.settings.data + "/run")
                .flatMap(ProcessFiles.age),
            ownLimit: ProcessFiles.hardFilesMax()
        )
    }

    static func judge(
        _ processes: [Facts],
        supervisorAge: Duration?,
        ownLimit: Int?
    ) -> [DoctorFinding] {
        guard !processes.isEmpty else {
            guard let ownLimit, ownLimit < socketsMax else {
                return [.ok("none runs here; one could open \(limitText(ownLimit))")]
            }
            return [scarce("a process that is started here may open only \(limitText(ownLimit))")]
        }
        let findings = processes.flatMap { judge($0, supervisorAge) }
        guard findings.isEmpty else { return findings }
        let ages = processes.compactMap(\.age)
        let age = ages.min().map { "running for \(DoctorText.span($0)) or longer; " } ?? ""
        let most = processes.compactMap(\.openFiles).max() ?? 0
        return [.ok("\(processes.count) of them; \(age)at most \(most) files open in one")]
    }

    private static func judge(_ process: Facts, _ supervisorAge: Duration?) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if let age = process.age, let supervisorAge, age < supervisorAge - startUsual {
            findings.append(
                .warn(
                    .serviceRestarted,
                    "\(process.name) runs for \(DoctorText.span(age)), `martlet up` for "
                        + "\(DoctorText.span(supervisorAge)): it died, and was started again",
                    do: "look for its last lines before that in the output of `martlet up`"
                )
            )
        }
        guard let limit = process.openFilesMax else { return findings }
        let open = process.openFiles ?? 0
        if Double(open) > Double(limit) * shareUsual {
            findings.append(
                scarce("\(process.name) has \(open) files open and may open \(limit)")
            )
        } else if limit < (process.name.hasPrefix("delivery") ? socketsMax : filesMin) {
            findings.append(scarce("\(process.name) may open only \(limit) files and sockets"))
        }
        return findings
    }

    private static func scarce(_ text: String) -> DoctorFinding {
        .warn(
            .filesScarce,
            text,
            do: "raise the limit where it is started (ulimit -Hn, LimitNOFILE=) above "
                + "\(ProgressText.grouped(Int64(socketsMax))): it is refused sockets when it is reached"
        )
    }

    private static func limitText(_ limit: Int?) -> String {
        limit.map { DoctorText.count(Int64($0), "file") } ?? "nobody knows how many files"
    }
}
