import Foundation
import Testing

@testable import ServiceKit

@Suite struct ConfigurationFileTests {
    private func file(_ text: String) -> ConfigurationFile {
        ConfigurationFile(path: "/etc/martlet.yaml", text: text)
    }

    @Test func keysAreDottedAndHaveTheirLines() {
        let file = file("portBase: 9000\ngateway:\n  port: 1\nhistory.port: 2\nlist: [1, 2]\n")
        #expect(file.fault == nil)
        #expect(file.entries.map(\.key) == ["portBase", "gateway.port", "history.port", "list"])
        #expect(file.entries.map(\.line) == [1, 3, 4, 5])
        #expect(file.values == ["portBase": "9000", "gateway.port": "1", "history.port": "2"])
    }

    @Test(arguments: ["", "\n", "# portBase: 9000\n", "---\n# nothing\n", "---\n", "{}"])
    func aFileThatSaysNothingIsNoFault(text: String) async throws {
        let file = file(text)
        #expect(file.fault == nil && file.entries.isEmpty)
        #expect(try await file.provider() == nil)
    }

    @Test(arguments: [
        "a: [", "- 1\n- 2", "just words", "a: 1\na: 2", "\t", "[a, b]: 1", "a: [[1]]",
        "a: [{b: 1}]", "a: *b", "a: 1\n---\nb: 2", "a: \u{1}",
    ])
    func whatIsNoMappingOfSettingsIsAFault(text: String) async {
        let file = file(text)
        #expect(file.fault != nil)
        await #expect(throws: ConfigurationError.self) { try await file.provider() }
    }

    @Test(arguments: [
        "password: \"hunter2", "a: hunter2: b", "store:\n  url: hunter2\n url: x", "a: [hunter2",
        "a: hunter2\na: x", "\"hunter2\": 1\n\"hunter2\": 2", "? [hunter2]\n: 1", "hunter2",
        "- hunter2",
        "a: *hunter2", "a: !<hunter2", "a: \"\\hunter2\"", "hunter2\nb: 1", "a: [[hunter2]]",
    ])
    func noFaultShowsTheText(text: String) {
        let fault = file(text).fault
        #expect(fault != nil)
        #expect(fault?.contains("hunter2") == false)
    }

    @Test func aNamedFileMustBeThere() {
        let path = "/no/such/file.yaml"
        #expect(ConfigurationFile.read(path, isNamed: true).fault != nil)
        #expect(ConfigurationFile.read(path, isNamed: false).fault == nil)
        #expect(!ConfigurationFile.read(path, isNamed: false).exists)
    }
}
