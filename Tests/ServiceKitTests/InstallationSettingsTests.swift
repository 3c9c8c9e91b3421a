import ArgumentParser
import Foundation
import Testing

@testable import ServiceKit

@Suite struct InstallationSettingsTests {
    private func settings(
        _ flags: InstallationSettings.Flags = .init(),
        _ environment: [String: String] = [:],
        _ text: String = ""
    ) -> InstallationSettings {
        InstallationSettings(
            flags,
            environment: environment,
            file: ConfigurationFile(path: "/data/martlet.yaml", text: text)
        )
    }

    @Test func flagsComeBeforeEnvironmentBeforeFile() {
        let file = "portBase: 1000"
        let environment = ["MARTLET_PORT_BASE": "2000"]
        let flags = InstallationSettings.Flags(portBase: 3000)
        #expect(settings(.init(), [:], file).brokers == "127.0.0.1:1010")
        #expect(settings(.init(), environment, file).brokers == "127.0.0.1:2010")
        #expect(settings(flags, environment, file).brokers == "127.0.0.1:3010")
        #expect(settings(flags, environment, file).adminPort(of: .gateway) == 3021)
        #expect(settings(.init(data: "/a"), ["MARTLET_DATA": "/b"], "data: /c").data == "/a")
        #expect(settings(.init(), ["MARTLET_DATA": "/b"], "data: /c").data == "/b")
        #expect(settings(.init(), [:], "data: /c").data == "/c")
    }

    /// Services follow brokers that are named anywhere; a tool that followed the port base would look into another log.
    @Test func namedBrokersComeBeforeTheEmbeddedOne() {
        let flags = InstallationSettings.Flags(portBase: 3000)
        #expect(settings(flags, [:], "brokers: kafka:1").brokers == "kafka:1")
        #expect(settings(flags, ["MARTLET_BROKERS": "kafka:2"]).brokers == "kafka:2")
        #expect(!settings(flags, ["MARTLET_BROKERS": "kafka:2"]).isLogEmbedded)
        let named = InstallationSettings.Flags(brokers: "kafka:3", portBase: 3000)
        #expect(settings(named, ["MARTLET_BROKERS": "kafka:2"]).brokers == "kafka:3")
    }

    @Test func anEmptyValueIsNone() {
        let environment = ["MARTLET_BROKERS": "", "MARTLET_DATA": "", "MARTLET_PORT_BASE": ""]
        let plain = settings(.init(data: "", brokers: ""), environment, "data: /c\nbrokers:\n")
        #expect(plain.isLogEmbedded)
        #expect(plain.brokers == "127.0.0.1:9092")
        #expect(plain.data == "/c")
        #expect(throws: Never.self) { try plain.check() }
    }

    @Test func aServicesOwnSettingComesBeforeThatForAll() {
        let own = settings(
            .init(),
            ["MARTLET_ADMIN_PORT": "1"],
            "router: {adminPort: 2, host: 0.0.0.0}\nhost: 10.0.0.1"
        )
        #expect(own.adminPort(of: .router) == 2)
        #expect(own.adminPort(of: .push) == 1)
        #expect(own.host(of: .router) == "127.0.0.1")
        #expect(own.host(of: .push) == "10.0.0.1")
    }

    @Test func theFileIsTheNamedOneOrInTheDataFolder() {
        let plain = settings(.init(data: "/data")).configPath
        #expect(plain.path == "/data/martlet.yaml" && !plain.isNamed)
        let variables = ["MARTLET_CONFIG": "/etc/a.yaml"]
        let named = settings(.init(data: "/data"), variables).configPath
        #expect(named.path == "/etc/a.yaml" && named.isNamed)
        let flags = InstallationSettings.Flags(data: "/data", config: "/etc/b.yaml")
        #expect(settings(flags, variables).configPath.path == "/etc/b.yaml")
        let read = InstallationSettings.read(.init(config: "/no/such.yaml"), environment: [:])
        #expect(throws: ConfigurationError.self) { try read.check() }
    }

    @Test(arguments: ["portBase: many", "portBase: 70000", "portBase: 0", "a: ["])
    func whatNoServiceStartsWithIsRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try settings(.init(), [:], text).check() }
    }

    /// Whatever is configured, and wherever: a command looks where the services look.
    @Test(arguments: [
        ([:], ""), (["MARTLET_PORT_BASE": "7000"], "portBase: 8000\n"),
        (["MARTLET_PORT_BASE": ""], "portBase: 8000\n"),
        (["MARTLET_BROKERS": "a:1"], "brokers: b:1\n"),
        (["MARTLET_BROKERS": ""], "brokers: b:1\n"), ([:], "brokers: b:1\nportBase: 9000\n"),
        ([:], "data: /elsewhere/./x\nhost: 10.0.0.1\n"), ([:], "# brokers: b:1\n"),
        (["MARTLET_ADMIN_PORT": "7"], "history:\n  adminPort: 8\n"),
        (["MARTLET_HISTORY_HOST": "10.0.0.2"], "host: 10.0.0.1\nhistory: {portBase: 6000}\n"),
    ])
    func itComesToWhatServicesHave(variables: [String: String], text: String) async throws {
        let folder = NSTemporaryDirectory() + "martlet-settings-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(filePath: folder + "/martlet.yaml"))
        let environment = variables.merging(["MARTLET_DATA": folder]) { $1 }
        let own = try await Settings(
            .history,
            try ServiceOptions.parse([]),
            environment: environment,
            currentDirectory: FileManager.default.currentDirectoryPath
        )
        let seen = InstallationSettings.read(.init(), environment: environment)
        try seen.check()
        // A port base of one service alone is not what the log follows from.
        if !text.contains("{portBase") { #expect(seen.brokers == own.brokers) }
        #expect(seen.data == own.dataDirectory)
        #expect(seen.adminPort(of: .history) == own.adminPort)
        #expect(seen.host(of: .history) == own.host)
    }
}
