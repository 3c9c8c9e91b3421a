import Foundation
import Testing

/// The files in `deploy/`, read by the tools that will read them.
@Suite struct DeploymentTests {
    @Test func theComposeFileAndTheUnitsAreValid() throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: SourceTree.root + "/deploy/check.sh")
        process.arguments = ["--require"]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(),
            as: UTF8.self
        )
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }

    @Test func everyServiceHasAUnitAndAPlaceInTheComposeFile() throws {
        let compose = try #require(SourceTree.read("deploy/compose.yaml"))
        let target = try #require(SourceTree.read("deploy/systemd/martlet.target"))
        let names = try FileManager.default.contentsOfDirectory(
            atPath: SourceTree.root + "/Sources/Executables"
        ).filter { $0.hasPrefix("martlet-") }
        #expect(names.count >= 8)
        for name in names {
            let unit = SourceTree.read("deploy/systemd/\(name).service") ?? ""
            #expect(unit.contains("ExecStart=/usr/local/bin/\(name)\n"), "\(name)")
            #expect(unit.contains("Restart=always"), "\(name)")
            #expect(target.contains("\(name).service"), "\(name)")
            // With Apache Kafka there is no embedded log.
            #expect(compose.contains("command: [\(name)]") || name == "martlet-broker", "\(name)")
        }
    }
}
