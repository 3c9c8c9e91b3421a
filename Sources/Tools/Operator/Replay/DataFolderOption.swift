import ArgumentParser
import Foundation

/// Where the installation's data is: the flag of the commands that look at its files.
struct DataFolderOption: ParsableArguments {
    @Option(help: "The data folder. Default: $MARTLET_DATA, or ./data")
    var data: String?

    /// The folder, absolute.
    var path: String { resolved(environment: ProcessInfo.processInfo.environment) }

    func resolved(environment: [String: String]) -> String {
        let named = environment["MARTLET_DATA"].flatMap { $0.isEmpty ? nil : $0 }
        return Self.absolute(data ?? named ?? "./data")
    }

    /// A path seen from the current folder, without `.` and `..`.
    static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }
}
