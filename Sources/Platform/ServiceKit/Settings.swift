import Configuration
import Events
import Logging
import SystemPackage

/// What a service starts with, worked out from flags, environment, file and defaults, in that order.
struct Settings: Sendable {
    /// The prefix of environment variables.
    ///
    /// `MARTLET_DATA`, `MARTLET_PORT_BASE`, …
    static let environmentPrefix: ConfigKey = "martlet"

    let instance: String
    let dataDirectory: String
    let brokers: String
    let host: String
    let port: Int
    let adminPort: Int
    let logLevel: Logger.Level
    let logFormat: LogFormat
    let reader: ConfigReader

    /// Reads all sources.
    ///
    /// A setting may be given for one service (`gateway.port`, `MARTLET_GATEWAY_PORT`), which overrides the one for all.
    ///
    /// - Throws: `ConfigurationError`, for a file that can't be read or a value that makes no sense.
    init(
        _ name: ServiceName,
        _ options: ServiceOptions,
        environment: [String: String],
        currentDirectory: String
    ) async throws {
        let flags = InMemoryProvider(name: "flags", values: Self.values(of: options, for: name))
        // An empty variable is none: what comes after it must not be hidden.
        let variables = EnvironmentVariablesProvider(
            environmentVariables: environment.filter { !$0.value.isEmpty }
        )
        .prefixKeys(with: Self.environmentPrefix)
        var providers: [any ConfigProvider] = [flags, variables]
        let first = Lookup(service: name.rawValue, reader: ConfigReader(providers: providers))
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : currentDirectory + "/" + path
        }
        let data = absolute(first.string("data") ?? "./data")
        let named = first.string("config")
        let path = named.map(absolute) ?? data + "/martlet.yaml"
        let file = ConfigurationFile.read(path, isNamed: named != nil)
        if let provider = try await file.provider() { providers.append(provider) }
        reader = ConfigReader(providers: providers)
        let lookup = Lookup(service: name.rawValue, reader: reader)
        dataDirectory = Self.normalized(absolute(lookup.string("data") ?? data))
        let base = try lookup.integer("portBase", InstallationSettings.portBases)
        port = try lookup.integer("port", 0...65_535) ?? name.port(base: base) ?? 0
        adminPort = try lookup.integer("adminPort", 0...65_535) ?? name.adminPort(base: base)
        host = lookup.string("host") ?? "127.0.0.1"
        let brokerPort = ServiceName.broker.port(base: base) ?? ServiceName.brokerPortDefault
        brokers = lookup.string("brokers") ?? "127.0.0.1:\(brokerPort)"
        instance = lookup.string("instance") ?? "\(name)-1"
        guard Self.isInstanceName(instance) else {
            throw ConfigurationError(
                "instance: a name is 1 to 64 letters, digits, dots, underscores and hyphens"
            )
        }
        logLevel = try lookup.choice("logLevel", of: Logger.Level.init(rawValue:)) ?? .info
        logFormat = try lookup.choice("logFormat", of: LogFormat.init(rawValue:)) ?? .text
    }

    /// The flags, under both names, so that none is overridden.
    private static func values(
        of options: ServiceOptions,
        for name: ServiceName
    ) -> [AbsoluteConfigKey: ConfigValue] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        func set(_ key: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            for path in [[key], [name.rawValue, key]] {
                values[AbsoluteConfigKey(path)] = ConfigValue(stringLiteral: value)
            }
        }
        func set(_ key: String, _ value: Int?) {
            guard let value else { return }
            for path in [[key], [name.rawValue, key]] {
                values[AbsoluteConfigKey(path)] = ConfigValue(integerLiteral: value)
            }
        }
        set("data", options.data)
        set("config", options.config)
        set("brokers", options.brokers)
        set("host", options.host)
        set("portBase", options.portBase)
        set("port", options.port)
        set("adminPort", options.adminPort)
        set("instance", options.instance)
        set("logLevel", options.logLevel)
        return values
    }

    private static func normalized(_ path: String) -> String {
        FilePath(path).lexicallyNormalized().string
    }

    private static func isInstanceName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Looks a setting up for one service: a flag first, then `SERVICE.KEY`, then `KEY`.
private struct Lookup {
    let service: String
    let reader: ConfigReader

    func string(_ key: String) -> String? {
        let own = reader.string(forKey: ConfigKey([service, key]))
        let shared = reader.string(forKey: ConfigKey([key]))
        return [own, shared].lazy.compactMap { $0 }.first { !$0.isEmpty }
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        for path in [[service, key], [key]] {
            let name = path.joined(separator: ".")
            if let number = reader.int(forKey: ConfigKey(path)) {
                guard range.contains(number) else {
                    throw ConfigurationError(
                        "\(name) must lie between \(range.lowerBound) and \(range.upperBound)"
                    )
                }
                return number
            }
            if let text = reader.string(forKey: ConfigKey(path)), !text.isEmpty {
                throw ConfigurationError("\(name) must be a number")
            }
        }
        return nil
    }

    func choice<Value>(_ key: String, of read: (String) -> Value?) throws -> Value? {
        guard let text = string(key) else { return nil }
        guard let value = read(text.lowercased()) else {
            throw ConfigurationError("\(key): there is no such choice")
        }
        return value
    }
}
