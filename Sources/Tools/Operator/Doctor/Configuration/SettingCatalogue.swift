import Archives
import Blobs
import Cache
import Logging
import ServiceKit
import Stores

/// Every setting that there is: what a configuration file and the environment may say.
enum SettingCatalogue {
    /// A key that is none, and the one that was probably meant.
    struct Unknown: Hashable, Sendable {
        let key: String
        let nearest: String?
    }

    static let settings: [Setting] = [
        Setting(key: "data", kind: .text, isPerService: true),
        Setting(key: "config", kind: .text, isPerService: true),
        Setting(key: "brokers", kind: .text, isPerService: true),
        Setting(key: "host", kind: .text, isPerService: true),
        Setting(
            key: "portBase",
            kind: .integer(InstallationSettings.portBases),
            isPerService: true
        ),
        Setting(key: "port", kind: .integer(0...65_535), isPerService: true),
        Setting(key: "adminPort", kind: .integer(0...65_535), isPerService: true),
        Setting(key: "instance", kind: .instance, isPerService: true),
        Setting(
            key: "logLevel",
            kind: .choice(Logger.Level.allCases.map(\.rawValue)),
            isPerService: true
        ),
        Setting(key: "logFormat", kind: .choice(["text", "json"]), isPerService: true),
        Setting(key: "broker.advertise", kind: .text),
        Setting(key: "broker.requestBytesMax", kind: .integer(1 << 16...1 << 30)),
        Setting(key: "broker.createsTopics", kind: .boolean),
        Setting(key: "gateway.advertise", kind: .text),
        Setting(key: "history.advertise", kind: .text),
        Setting(key: "delivery.advertise", kind: .text),
        Setting(key: "delivery.inboxDays", kind: .integer(1...3650)),
        Setting(
            key: "store.url",
            kind: .checked { text in complaint { _ = try StoreLocation(text, relativeTo: "/") } }
        ),
        Setting(
            key: "blobs.url",
            kind: .checked { text in complaint { _ = try BlobLocation(text) } }
        ),
        Setting(key: "archive.afterDays", kind: .checked(archiveAge)),
        Setting(key: "archive.shards", kind: .integer(1...ArchiverSettings.shardsMax)),
        Setting(key: "archive.interval", kind: .integer(1...86_400)),
        Setting(key: "cache.url", kind: .checked { text in complaint { _ = try CacheURL(text) } }),
    ]

    /// A number of days, or that nothing is archived; YAML takes `off` for a truth value.
    private static func archiveAge(_ text: String) -> String? {
        let days = ArchiverSettings.afterDaysMin...36_500
        if ["off", "false"].contains(text.lowercased()) { return nil }
        guard let number = Int(text), days.contains(number) else {
            return "takes `off` or a number of days from \(days.lowerBound) to \(days.upperBound)"
        }
        return nil
    }

    /// What the one who reads a setting throws at it; none of them has a value in it.
    private static func complaint(_ read: () throws -> Void) -> String? {
        do {
            try read()
            return nil
        } catch {
            return "can't be used: \(error)"
        }
    }

    /// Every key as it may be written, with its setting.
    static let byKey: [String: Setting] = {
        var byKey: [String: Setting] = [:]
        for setting in settings {
            byKey[setting.key] = setting
            guard setting.isPerService else { continue }
            for service in ServiceName.allCases { byKey["\(service).\(setting.key)"] = setting }
        }
        return byKey
    }()

    /// Environment variables of ours that are no settings.
    private static let otherVariables: Set<String> = [ParentWatch.variable]

    /// Every environment variable, with the key that it stands for.
    static let byVariable: [String: String] = Dictionary(
        byKey.keys.map { (InstallationSettings.variable(of: $0), $0) }
    ) { first, _ in first }

    /// The file's keys that are none.
    static func unknownKeys(_ keys: [String]) -> [Unknown] {
        keys.filter { byKey[$0] == nil }.map { key in
            Unknown(key: key, nearest: NearestName.of(key, among: byKey.keys))
        }
    }

    /// The environment's variables that look like ours and are none.
    static func unknownVariables(_ names: some Sequence<String>) -> [Unknown] {
        names.filter { name in
            name.hasPrefix("MARTLET_") && byVariable[name] == nil && !otherVariables.contains(name)
        }.sorted().map { name in
            Unknown(key: name, nearest: NearestName.of(name, among: byVariable.keys))
        }
    }
}
