import Archives
import ArgumentParser
import Blobs
import Configuration
import Foundation
import LogTail
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

    /// Where its archives are; `nil` if there is no such folder, and so none.
    ///
    /// - Throws: `ConfigurationError`, `BlobError`.
    func blobStore(_ folder: DataFolderOption) async throws -> (any BlobStore)? {
        let location = try BlobLocation(
            configuredIn: try await reader(folder),
            dataDirectory: folder.path
        )
        // A command that only looks makes no folder.
        if case .folder(let path) = location, !FileManager.default.fileExists(atPath: path) {
            return nil
        }
        return try location.makeStore(
            environment: ProcessInfo.processInfo.environment,
            clock: SystemClock(),
            logger: .quiet
        )
    }
}
