import Foundation
import ServiceKit
import Stores

/// What the settings of an installation come to, as its services see them: flags, environment, file, defaults, in that order.
struct DoctorSettings: Sendable, Equatable {
    /// What the command's own flags say.
    struct Flags: Sendable, Equatable {
        var data: String?
        var config: String?
        var brokers: String?
        var portBase: Int?

        var values: [String: String] {
            var values: [String: String] = [:]
            values["data"] = data
            values["config"] = config
            values["brokers"] = brokers
            values["portBase"] = portBase.map(String.init)
            return values
        }
    }

    private let flags: [String: String]
    private let environment: [String: String]
    private let file: [String: String]

    /// Settings of their sources.
    init(_ flags: Flags, environment: [String: String], file: [String: String]) {
        self.flags = flags.values
        self.environment = environment
        self.file = file
    }

    /// A value, for one service or for all; an empty one is none.
    func value(_ key: String, of service: ServiceName? = nil) -> String? {
        // A flag of this command speaks for every service, as those of `martlet up` do.
        if let value = flags[key], !value.isEmpty { return value }
        let keys = (service.map { ["\($0).\(key)"] } ?? []) + [key]
        for key in keys {
            for value in [environment[SettingCatalogue.variable(of: key)], file[key]] {
                if let value, !value.isEmpty { return value }
            }
        }
        return nil
    }

    private func number(_ key: String, of service: ServiceName? = nil) -> Int? {
        value(key, of: service).flatMap { Int($0) }
    }

    /// The data folder, absolute.
    var data: String { DataFolderOption.absolute(value("data") ?? "./data") }

    /// Where the configuration file is, and whether somebody named it.
    var configPath: (path: String, isNamed: Bool) {
        if let named = value("config") { return (DataFolderOption.absolute(named), true) }
        return (data + "/martlet.yaml", false)
    }

    /// Whether the log is the embedded broker of this machine.
    var isLogEmbedded: Bool { value("brokers") == nil }

    /// The brokers.
    var brokers: String {
        if let brokers = value("brokers") { return brokers }
        let base = number("portBase")
        let port = ServiceName.broker.port(base: base) ?? ServiceName.brokerPortDefault
        return "127.0.0.1:\(number("port", of: .broker) ?? port)"
    }

    /// Where a service's health is asked.
    func adminPort(of service: ServiceName) -> Int {
        number("adminPort", of: service)
            ?? service.adminPort(base: number("portBase", of: service))
    }

    /// The host at which a service of this machine can be asked.
    func host(of service: ServiceName) -> String {
        let host = value("host", of: service) ?? "127.0.0.1"
        return ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
    }

    /// Where the hot store is.
    ///
    /// - Throws: `StoreError` if the setting can't be read.
    func storeLocation() throws(StoreError) -> StoreLocation {
        guard let text = value("store.url") else { return .standard(inDataDirectory: data) }
        return try StoreLocation(text, relativeTo: data)
    }

    /// Where archives are.
    var blobsURL: String { value("blobs.url") ?? "file:\(data)/blobs" }
}

extension DoctorContext {
    /// Reads the configuration and what runs here.
    static func gather(
        _ flags: DoctorSettings.Flags,
        environment: [String: String],
        clock: SystemClock
    ) -> DoctorContext {
        let first = DoctorSettings(flags, environment: environment, file: [:])
        let (path, isNamed) = first.configPath
        let file = ConfigurationFile.read(path, isNamed: isNamed)
        let settings = DoctorSettings(flags, environment: environment, file: file.values)
        return DoctorContext(
            settings: settings,
            environment: environment,
            file: file,
            processes: RunningProcess.all(inRunFolder: settings.data + "/run"),
            clock: clock
        )
    }
}
