import Foundation

/// What the settings of an installation come to for commands that are no service: as its services see them, from flags, environment, file and defaults.
///
/// In that order. An empty value is none.
public struct InstallationSettings: Sendable, Equatable {
    /// What a command's own flags say.
    public struct Flags: Sendable, Equatable {
        /// The data folder.
        public var data: String?
        /// The configuration file.
        public var config: String?
        /// The brokers.
        public var brokers: String?
        /// The first port.
        public var portBase: Int?

        /// Flags of their values; `nil`: not given.
        public init(
            data: String? = nil,
            config: String? = nil,
            brokers: String? = nil,
            portBase: Int? = nil
        ) {
            self.data = data
            self.config = config
            self.brokers = brokers
            self.portBase = portBase
        }

        var values: [String: String] {
            var values: [String: String] = [:]
            values["data"] = data
            values["config"] = config
            values["brokers"] = brokers
            values["portBase"] = portBase.map(String.init)
            return values
        }
    }

    /// What a port base may be: all ports that follow from it are ports.
    public static let portBases = 1...65_400

    /// The environment that was looked into.
    public let environment: [String: String]
    /// The configuration file that was read.
    public let file: ConfigurationFile
    private let flags: [String: String]
    private let fileValues: [String: String]

    /// Settings of their sources.
    public init(_ flags: Flags, environment: [String: String], file: ConfigurationFile) {
        self.flags = flags.values
        self.environment = environment
        self.file = file
        fileValues = file.values
    }

    /// Reads the file that flags and environment name, or DATA/martlet.yaml; one that can't be read says nothing.
    public static func read(_ flags: Flags, environment: [String: String]) -> InstallationSettings {
        let none = ConfigurationFile(path: "", exists: false)
        let first = InstallationSettings(flags, environment: environment, file: none)
        let (path, isNamed) = first.configPath
        return InstallationSettings(
            flags,
            environment: environment,
            file: ConfigurationFile.read(path, isNamed: isNamed)
        )
    }

    /// Refuses what no service would start with.
    ///
    /// - Throws: `ConfigurationError`.
    public func check() throws(ConfigurationError) {
        try file.check()
        guard let text = value("portBase") else { return }
        guard let base = Int(text) else { throw ConfigurationError("portBase must be a number") }
        guard Self.portBases.contains(base) else {
            let bounds = Self.portBases
            throw ConfigurationError(
                "portBase must lie between \(bounds.lowerBound) and \(bounds.upperBound)"
            )
        }
    }

    // MARK: Looking up

    /// A value, for one service or for all.
    public func value(_ key: String, of service: ServiceName? = nil) -> String? {
        // A flag speaks for every service, as those of `martlet up` do.
        if let value = flags[key], !value.isEmpty { return value }
        let keys = (service.map { ["\($0).\(key)"] } ?? []) + [key]
        for key in keys {
            for value in [environment[Self.variable(of: key)], fileValues[key]] {
                if let value, !value.isEmpty { return value }
            }
        }
        return nil
    }

    private func number(_ key: String, of service: ServiceName? = nil) -> Int? {
        value(key, of: service).flatMap { Int($0) }
    }

    /// The environment variable of a key: `MARTLET_GATEWAY_PORT` of `gateway.port`.
    public static func variable(of key: String) -> String {
        var name = "MARTLET_"
        for character in key {
            if character == "." {
                name += "_"
            } else {
                if character.isUppercase { name += "_" }
                name += character.uppercased()
            }
        }
        return name
    }

    /// A path seen from the current folder, without `.` and `..`.
    public static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }

    // MARK: What they come to

    /// The data folder, absolute.
    public var data: String { Self.absolute(value("data") ?? "./data") }

    /// Where the configuration file is, and whether somebody named it.
    var configPath: (path: String, isNamed: Bool) {
        if let named = value("config") { return (Self.absolute(named), true) }
        return (data + "/martlet.yaml", false)
    }

    /// The first port, if one is configured.
    public var portBase: Int? { number("portBase") }

    /// Whether the log is the embedded broker of this machine.
    public var isLogEmbedded: Bool { value("brokers") == nil }

    /// The brokers.
    public var brokers: String {
        let port = ServiceName.broker.port(base: portBase) ?? ServiceName.brokerPortDefault
        return value("brokers") ?? "127.0.0.1:\(port)"
    }

    /// Where a service's health is asked.
    public func adminPort(of service: ServiceName) -> Int {
        number("adminPort", of: service)
            ?? service.adminPort(base: number("portBase", of: service))
    }

    /// The host at which a service of this machine can be asked.
    public func host(of service: ServiceName) -> String {
        let host = value("host", of: service) ?? "127.0.0.1"
        return ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
    }
}
