import Foundation
import ServiceKit
import Stores
import Testing

@testable import Operator

@Suite struct DoctorConfigurationTests {
    private func facts(
        _ text: String = "",
        environment: [String: String] = [:],
        blobs: String = "file:/data/blobs",
        _ change: (inout ConfigurationCheck.Facts) -> Void = { _ in }
    ) -> ConfigurationCheck.Facts {
        var facts = ConfigurationCheck.Facts(
            file: ConfigurationFile(path: "/data/martlet.yaml", text: text),
            environment: environment,
            blobsURL: blobs,
            data: "/data",
            dataAccess: .init(mode: 0o700),
            keysAccess: .init(mode: 0o600)
        )
        change(&facts)
        return facts
    }

    private func codes(_ facts: ConfigurationCheck.Facts) -> [DoctorCode] {
        ConfigurationCheck.judge(facts).map(\.code)
    }

    @Test func whatIsInOrderIsOneLine() {
        let text = """
            portBase: 9000
            gateway:
              port: 9500
              advertise: https://chat.example.org
            delivery.inboxDays: 7
            store: {url: "postgresql://martlet:secret@db/martlet"}
            """
        let findings = ConfigurationCheck.judge(facts(text))
        #expect(findings.map(\.code) == [.ok])
        #expect(findings[0].text.contains("/data/martlet.yaml"))
    }

    @Test(arguments: [
        ("port_base: 1", "portBase"), ("gatway:\n  port: 1", "gateway.port"),
        ("delivery:\n  inboxDay: 1", "delivery.inboxDays"), ("stor.url: x", "store.url"),
        ("LOGLEVEL: info", "logLevel"), ("broker:\n  host:\n    name: x", nil),
        ("entirelySomethingElse: 1", nil),
    ])
    func anUnknownKeyIsNamedWithTheNearestOne(text: String, nearest: String?) throws {
        let findings = ConfigurationCheck.judge(facts(text))
        try #require(findings.map(\.code) == [.settingUnknown])
        if let nearest {
            #expect(findings[0].advice.contains(nearest))
        } else {
            #expect(findings[0].advice.contains("nothing reads it"))
        }
    }

    @Test func anUnknownKeyIsFoundByItsLine() {
        let findings = ConfigurationCheck.judge(facts("portBase: 9000\n\ngateway:\n  prot: 1\n"))
        #expect(findings.first?.text.contains("line 4: there is no setting gateway.prot") == true)
    }

    @Test(arguments: [
        "portBase: 0", "portBase: many", "gateway.port: 70000", "logLevel: loud",
        "router.logFormat: xml", "instance: a/b", "broker.createsTopics: perhaps",
        "delivery.inboxDays: 0", "store.url: mysql://x", "store.url: 'sqlite:'",
        "blobs.url: https://x", "cache.url: /tmp/x", "portBase: [1, 2]",
    ])
    func aValueThatMakesNoSenseIsAFailure(text: String) {
        #expect(codes(facts(text)) == [.settingInvalid])
    }

    @Test(arguments: [
        "store.url: /var/lib/history.sqlite", "store.url: postgres://db/x", "cache.url: 'memory:'",
        "blobs.url: s3://bucket/prefix?endpoint=http://127.0.0.1:5000", "port: 0", "logLevel: INFO",
        "host:", "",
    ])
    func aValueThatMakesSenseIsNone(text: String) {
        let environment = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"]
        #expect(codes(facts(text, environment: environment)) == [.ok])
    }

    @Test(arguments: ["a: [", "- 1\n- 2", "just words", "a: 1\na: 2", "\t"])
    func aFileThatIsNoMappingIsAFailure(text: String) {
        #expect(codes(facts(text)) == [.configurationUnreadable])
    }

    @Test func noFindingShowsAValue() {
        for text in [
            "store.url: mysql://u:hunter2@db", "password: hunter2", "a: [hunter2",
            "a: hunter2\na: 2",
            "cache.url: 'hunter2'", "portBase: hunter2",
        ] {
            let findings = ConfigurationCheck.judge(
                facts(text, environment: ["MARTLET_STORE_URL": "hunter2://x"])
            )
            #expect(!findings.contains { ($0.text + $0.advice).contains("hunter2") }, "\(text)")
        }
    }

    @Test func aVariableThatNothingReadsIsNamed() {
        let environment = [
            "MARTLET_PORT_BAES": "1", "MARTLET_PARENT_PIPE": "1", "MARTLET_GATEWAY_PORT": "9000",
            "MARTLET_DELIVERY_INBOX_DAYS": "3", "MARTLET_STORE_URL": "sqlite:x", "HOME": "/",
        ]
        let findings = ConfigurationCheck.judge(facts(environment: environment))
        #expect(findings.map(\.code) == [.variableUnknown])
        #expect(findings[0].advice.contains("MARTLET_PORT_BASE"))
        #expect(codes(facts(environment: ["MARTLET_PORT": "x"])) == [.settingInvalid])
    }

    @Test func s3NeedsCredentials() {
        let half = ["AWS_ACCESS_KEY_ID": "a"]
        #expect(codes(facts(environment: half, blobs: "s3://b")) == [.credentialsMissing])
        #expect(codes(facts(environment: half)) == [.ok])
    }

    @Test func whoMayReadTheKeysIsLookedAt() {
        #expect(codes(facts { $0.dataAccess = .init(mode: 0o755) }) == [.dataFolderOpen])
        #expect(codes(facts { $0.keysAccess = .init(mode: 0o640) }) == [.keysOpen])
        #expect(codes(facts { $0.keysAccess = nil }) == [.keysMissing])
        #expect(codes(facts { $0.keysFault = "damaged" }) == [.keysUnusable])
        #expect(codes(facts { $0.dataAccess = nil }) == [.dataFolderMissing])
    }

    @Test func namesThatAreFarApartAreNotNear() {
        #expect(NearestName.of("prot", among: ["port", "host"]) == "port")
        #expect(NearestName.of("x", among: ["port", "host"]) == nil)
        #expect(NearestName.of(String(repeating: "a", count: 5000), among: ["port"]) == nil)
        #expect(NearestName.distance(Array("kitten"), Array("sitting")) == 3)
        #expect(NearestName.distance([], Array("ab")) == 2)
        #expect(NearestName.distance(Array("prot"), Array("port")) == 1)
    }

    @Test func storesAreWhereTheServicesHaveThem() throws {
        func settings(_ file: [String: String]) -> InstallationSettings {
            let entries = file.map {
                ConfigurationFile.Entry(key: $0.key, value: $0.value, line: 1)
            }
            return InstallationSettings(
                .init(data: "/data"),
                environment: [:],
                file: ConfigurationFile(path: "/data/martlet.yaml", entries: entries)
            )
        }
        #expect(try settings([:]).storeLocation() == .sqlite(path: "/data/history.sqlite"))
        #expect(settings([:]).blobsURL == "file:/data/blobs")
        let elsewhere = settings(["store.url": "sqlite:x", "blobs.url": "file:y"])
        #expect(try elsewhere.storeLocation() == .sqlite(path: "/data/x"))
        #expect(try "\(elsewhere.blobLocation())" == "file:/data/y")
    }

    /// A setting that a service reads and that is not in the catalogue would be called unknown.
    @Test func everySettingThatSourcesAskForIsKnown() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
        let files = try #require(
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        )
        let pattern = /forKey:\s*"([A-Za-z.]+)"/
        var keys: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: pattern) { keys.insert(String(match.1)) }
        }
        #expect(keys.contains("portBase"))
        let unknown = keys.filter { SettingCatalogue.byKey[$0] == nil }
        #expect(unknown.isEmpty)
    }
}
