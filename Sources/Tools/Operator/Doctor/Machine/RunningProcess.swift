import Foundation

/// A process of the installation, as `martlet up` has written it down.
struct RunningProcess: Hashable, Sendable {
    /// What `martlet up` calls it: `gateway`, `delivery-2`.
    let name: String
    let identifier: Int32
    /// Where its health is asked, if its command line says so.
    let adminPort: Int?

    /// Those that are written down in a run folder, as far as they are there, by name.
    static func all(inRunFolder path: String) -> [RunningProcess] {
        RunFolder.processes(at: path).sorted { $0.key < $1.key }.map { name, identifier in
            RunningProcess(
                name: name,
                identifier: identifier,
                adminPort: ProcessFiles.arguments(of: identifier).flatMap(adminPort)
            )
        }
    }

    /// The value of `--admin-port` in a command line.
    static func adminPort(in arguments: [String]) -> Int? {
        guard let place = arguments.lastIndex(of: "--admin-port"), place + 1 < arguments.count
        else { return nil }
        return Int(arguments[place + 1])
    }
}
