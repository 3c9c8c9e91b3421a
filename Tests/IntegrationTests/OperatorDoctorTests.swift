import Foundation
import ServiceKit
import TestKit
import Testing

/// `martlet doctor` on real installations.
@Suite(.serialized) struct OperatorDoctorTests {
    @Test(arguments: OperatorEngine.allCases)
    func anInstallationThatWorksHasNothingThatFailed(_ engine: OperatorEngine) async throws {
        try await OperatorInstallation.run(engine) { installation in
            let talk = try await OperatorTalk(installation.harness)
            try await talk.turn()
            try await wait(for: "history") { try await talk.texts().count == 3 }
            // Positions that are committed for tools to see lag a little behind.
            try await wait(for: "every reader to say where it is", every: .milliseconds(200)) {
                try await ask(installation).diagnosis.codes(of: "lag") == ["doctor.ok"]
            }
            let (doctor, diagnosis) = try await ask(installation)
            #expect(doctor.status == 0, "\(doctor)")
            #expect(diagnosis.ok && diagnosis.failed == 0, "\(doctor)")
            #expect(diagnosis.notChecked == 0, "\(doctor)")
            for check in ["services", "log", "topics", "lag", "store", "blobs", "dead letters"] {
                #expect(diagnosis.codes(of: check) == ["doctor.ok"], "\(check): \(doctor)")
            }
            await talk.stop()
        }
    }

    @Test func aLogThatIsAwayIsNamedAndWhatNeedsItIsLeftUnchecked() async throws {
        try await OperatorInstallation.run { installation in
            let harness = installation.harness
            try await writeDown(harness)
            #expect(await harness.stop("broker") == .exited(0))
            for log in [[], ["--brokers", harness.brokers]] {
                let (doctor, diagnosis) = try await ask(installation, log)
                #expect(doctor.status == 1, "\(doctor)")
                #expect(!diagnosis.ok && diagnosis.failed > 0, "\(doctor)")
                #expect(diagnosis.codes(of: "log") == ["doctor.log_unreachable"], "\(doctor)")
                #expect(diagnosis.statuses(of: "log") == ["fail"], "\(doctor)")
                for check in ["topics", "lag", "dead letters"] {
                    let codes = diagnosis.codes(of: check)
                    #expect(codes == ["doctor.not_checked"], "\(check): \(doctor)")
                }
                #expect(diagnosis.codes(of: "store") == ["doctor.ok"], "\(doctor)")
            }
            try await harness.startMissing()
            #expect(try await ask(installation).diagnosis.ok)
        }
    }

    @Test func aMisspeltSettingIsNamedWithItsLineAndWithoutItsValue() async throws {
        try await OperatorInstallation.run { installation in
            let path = installation.harness.data + "/martlet.yaml"
            let text = "cache:\n  url: 'memory:'\nstore:\n  ulr: \(installation.harness.needle)\n"
            try Data(text.utf8).write(to: URL(filePath: path))
            let (doctor, diagnosis) = try await ask(installation)
            #expect(doctor.status == 0, "\(doctor)")
            let finding = try #require(
                diagnosis.findings(of: "configuration").first {
                    $0.code == "doctor.setting_unknown"
                },
                "\(doctor)"
            )
            #expect(finding.status == "warn")
            #expect(finding.text.contains("store.ulr") && finding.text.contains("line 4"))
            #expect(finding.advice?.contains("store.url") == true)
            #expect(!doctor.output.contains(installation.harness.needle), "\(doctor)")

            try Data("store: [\n".utf8).write(to: URL(filePath: path))
            let (broken, unreadable) = try await ask(installation)
            #expect(broken.status == 1, "\(broken)")
            let codes = unreadable.codes(of: "configuration")
            #expect(codes.contains("doctor.configuration_unreadable"), "\(broken)")
            try FileManager.default.removeItem(atPath: path)
        }
    }

    /// Writes down which processes there are, as `martlet up` does.
    private func writeDown(_ harness: PipelineHarness) async throws {
        var identifiers: [String: Int32] = [:]
        for name in await harness.names { identifiers[name] = await harness.identifier(of: name) }
        let folder = URL(filePath: harness.data + "/run")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(identifiers).write(to: folder.appending(path: "pids.json"))
    }

    /// Asks as somebody does who has the embedded log: by the ports alone.
    private func ask(
        _ installation: OperatorInstallation,
        _ flags: [String] = []
    ) async throws
        -> (doctor: Tool, diagnosis: OperatorDiagnosis)
    {
        let harness = installation.harness
        let doctor = try await Tool.run(
            "martlet",
            [
                "doctor", "--json", "--data", harness.data, "--port-base", "\(harness.portBase)",
            ] + flags,
            environment: installation.settings,
            patience: .seconds(300)
        )
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let text = Data(doctor.output.utf8)
        do {
            return (doctor, try decoder.decode(OperatorDiagnosis.self, from: text))
        } catch {
            throw HarnessError("\(doctor)")
        }
    }
}
