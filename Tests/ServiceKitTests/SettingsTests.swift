import ArgumentParser
import Configuration
import Foundation
import Logging
import Testing

@testable import ServiceKit

@Suite struct SettingsTests {
    private let folder = NSTemporaryDirectory() + "martlet-settings-\(UUID().uuidString)"

    private func settings(
        _ name: ServiceName = .gateway,
        flags: [String] = [],
        environment: [String: String] = [:],
        file: String? = nil
    ) async throws -> Settings {
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        if let file {
            try file.write(toFile: folder + "/martlet.yaml", atomically: true, encoding: .utf8)
        }
        return try await Settings(
            name,
            try ServiceOptions.parse(flags),
            environment: ["MARTLET_DATA": folder].merging(environment) { $1 },
            currentDirectory: "/srv"
        )
    }

    @Test func withoutAnyConfigurationTheDocumentedDefaultsHold() async throws {
        let settings = try await settings()
        #expect(settings.dataDirectory == folder)
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 8080)
        #expect(settings.adminPort == 8101)
        #expect(settings.brokers == "127.0.0.1:9092")
        #expect(settings.instance == "gateway-1")
        #expect(settings.logLevel == .info)
        #expect(settings.logFormat == .text)
    }

    @Test func aRelativeDataFolderIsMadeAbsolute() async throws {
        let settings = try await settings(environment: ["MARTLET_DATA": "./x/../data"])
        #expect(settings.dataDirectory == "/srv/data")
    }

    @Test func allPortsFollowFromThePortBase() async throws {
        let settings = try await settings(.delivery, environment: ["MARTLET_PORT_BASE": "9000"])
        #expect(settings.port == 9002)
        #expect(settings.adminPort == 9023)
        #expect(settings.brokers == "127.0.0.1:9010")
    }

    @Test func flagsBeatTheEnvironmentWhichBeatsTheFile() async throws {
        let file = "host: 10.0.0.1\nport: 1\nlogLevel: debug\nbrokers: a:1\n"
        let environment = ["MARTLET_PORT": "2", "MARTLET_HOST": "10.0.0.2"]
        let settings = try await settings(
            flags: ["--host", "10.0.0.3"],
            environment: environment,
            file: file
        )
        #expect(settings.host == "10.0.0.3")
        #expect(settings.port == 2)
        #expect(settings.logLevel == .debug)
        #expect(settings.brokers == "a:1")
    }

    @Test func aServicesOwnSettingBeatsTheOneForAllButNotAFlag() async throws {
        let file = "port: 1\ngateway:\n  port: 2\nhistory:\n  port: 3\n"
        #expect(try await settings(.gateway, file: file).port == 2)
        #expect(try await settings(.history, file: file).port == 3)
        #expect(try await settings(.delivery, file: file).port == 1)
        let environment = ["MARTLET_GATEWAY_PORT": "4"]
        #expect(try await settings(environment: environment, file: file).port == 4)
        let flags = ["--port", "5"]
        #expect(try await settings(flags: flags, environment: environment, file: file).port == 5)
    }

    @Test(arguments: [
        (["MARTLET_PORT": "many"], "port must be a number"),
        (["MARTLET_PORT": "70000"], "port must lie between 0 and 65535"),
        (["MARTLET_PORT_BASE": "0"], "portBase must lie between 1 and 65400"),
        (["MARTLET_LOG_LEVEL": "loud"], "logLevel: there is no such choice"),
        (["MARTLET_LOG_FORMAT": "xml"], "logFormat: there is no such choice"),
        (
            ["MARTLET_INSTANCE": "../other"],
            "instance: a name is 1 to 64 letters, digits, dots, underscores and hyphens"
        ),
    ])
    func aValueThatMakesNoSenseIsRefusedByName(
        environment: [String: String],
        complaint: String
    ) async {
        await #expect(throws: ConfigurationError(complaint)) {
            try await settings(environment: environment)
        }
    }

    @Test func aNamedConfigurationFileMustExistAndBeYAML() async {
        await #expect(throws: ConfigurationError.self) {
            try await settings(flags: ["--config", "/nowhere/martlet.yaml"])
        }
        await #expect(throws: ConfigurationError.self) {
            try await settings(file: "a: [\n")
        }
    }

    @Test func aMistakeInTheFileDoesNotShowTheLine() async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await settings(file: "store:\n  url: postgresql://martlet:hunter2@db: x\n")
        }
        let text = try #require(error?.description)
        #expect(text.contains("line 2") && !text.contains("hunter2"))
    }

    @Test(arguments: ["", "# port: 1\n", "---\n"])
    func aFileThatSaysNothingIsAsGoodAsNone(text: String) async throws {
        #expect(try await settings(file: text).port == 8080)
    }

    @Test func anEmptyValueHidesNothing() async throws {
        let settings = try await settings(
            flags: ["--brokers", ""],
            environment: ["MARTLET_BROKERS": "", "MARTLET_GATEWAY_HOST": "", "MARTLET_PORT": ""],
            file: "brokers: a:1\nhost: 10.0.0.1\nport: 5\ncache.url: ''\nhistory: {advertise: b}\n"
        )
        #expect(settings.brokers == "a:1")
        #expect(settings.host == "10.0.0.1")
        #expect(settings.port == 5)
        #expect(settings.reader.text(forKey: "cache.url") == nil)
        #expect(settings.reader.text(forKey: "broker.advertise") == nil)
        #expect(settings.reader.text(forKey: "history.advertise") == "b")
    }
}
