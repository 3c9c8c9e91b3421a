import ArgumentParser
import Configuration
import ServiceKit
import Stores

/// What an installation is configured to use: the flag of the commands that look at its stores.
struct InstallationSettings: ParsableArguments {
    @Option(help: "The configuration file. Default: DATA/martlet.yaml, if it exists")
    var config: String?

    /// Environment and configuration file.
    ///
    /// - Throws: `ConfigurationError`.
    func reader(_ folder: DataFolderOption) async throws -> ConfigReader {
        try await InstallationConfiguration.reader(
            dataDirectory: folder.path,
            file: config.map(DataFolderOption.absolute)
        )
    }

    /// Where the hot store is that is served.
    ///
    /// - Throws: `ConfigurationError`, `StoreError`.
    func storeLocation(_ folder: DataFolderOption) async throws -> StoreLocation {
        try StoreLocation(configuredIn: try await reader(folder), dataDirectory: folder.path)
    }
}
