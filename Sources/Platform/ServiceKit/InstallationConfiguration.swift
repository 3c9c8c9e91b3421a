public import Configuration
import Foundation
import SystemPackage

/// What is configured for a whole installation, as commands that are no service read it: environment (`MARTLET_…`), then file.
public enum InstallationConfiguration {
    /// Reads the sources; the file is DATA/martlet.yaml, if it exists, unless another is named; the environment is this process's.
    ///
    /// - Throws: `ConfigurationError` for a file that can't be read.
    public static func reader(
        dataDirectory: String,
        file: String? = nil,
        environment: [String: String]? = nil
    ) async throws -> ConfigReader {
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(
                environmentVariables: environment ?? ProcessInfo.processInfo.environment
            )
            .prefixKeys(with: Settings.environmentPrefix)
        ]
        let path = file ?? dataDirectory + "/martlet.yaml"
        if file != nil || FileManager.default.fileExists(atPath: path) {
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)))
            } catch {
                throw ConfigurationError("cannot read the configuration file \(path): \(error)")
            }
        }
        return ConfigReader(providers: providers)
    }
}
