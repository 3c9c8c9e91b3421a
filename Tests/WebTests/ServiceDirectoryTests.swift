import Configuration
import Foundation
import Testing

@testable import Gateway

@Suite struct ServiceDirectoryTests {
    private func endpoints(
        host: String = "127.0.0.1",
        port: Int = 8080,
        settings: [String: ConfigValue] = [:],
        askedAt authority: String? = nil
    ) throws -> [String: String] {
        let context = DirectorySample.context(host: host, port: port, settings: settings)
        let json = ServiceDirectory(context).json(askedAt: authority)
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        let object = try #require(value as? [String: Any])
        return try #require(object["endpoints"] as? [String: String])
    }

    @Test func addressesFollowFromTheHostAndThePortBase() throws {
        let found = try endpoints(host: "10.0.0.7", port: 9000, settings: ["portBase": 9000])
        #expect(found == ["gateway": "http://10.0.0.7:9000", "history": "http://10.0.0.7:9001"])
        let own = try endpoints(settings: ["history.port": 7000])
        #expect(own["history"] == "http://127.0.0.1:7000")
    }

    @Test func configuredAddressesAreNamedAsTheyAre() throws {
        let found = try endpoints(
            settings: [
                "gateway.advertise": "https://chat.example.org",
                "history.advertise": "https://history.example.org/x",
            ],
            askedAt: "evil.example.org"
        )
        #expect(
            found == [
                "gateway": "https://chat.example.org",
                "history": "https://history.example.org/x",
            ]
        )
    }

    @Test func anInstallationThatListensEverywhereNamesTheHostThatItWasAskedAt() throws {
        let cases = [
            ("192.168.1.7:8080", "http://192.168.1.7:8080"), ("box.local", "http://box.local:8080"),
            ("[::1]:8080", "http://[::1]:8080"), ("[fe80::1]", "http://[fe80::1]:8080"),
        ]
        for host in ["0.0.0.0", "::", ""] {
            for (authority, url) in cases {
                let found = try endpoints(host: host, askedAt: authority)
                #expect(found["gateway"] == url, "\(host) \(authority)")
            }
        }
        let named = try endpoints(host: "127.0.0.1", askedAt: "192.168.1.7:8080")
        #expect(named["gateway"] == "http://127.0.0.1:8080")
    }

    @Test func aHostThatIsNoneIsNotRepeated() throws {
        let hosts = [
            nil, "", ":80", "a\"b", "a/b", "a b", "a@b", "x<script>", "é.example.org", "[",
            String(repeating: "a", count: 256), "a\r\nb", "a#b", "a?b",
        ]
        for host in hosts {
            let found = try endpoints(host: "0.0.0.0", askedAt: host)
            #expect(found["gateway"] == "http://127.0.0.1:8080", "\(host ?? "-")")
        }
    }
}
