import Foundation
import ServiceKit

/// A temporary folder of one server, removed with it or with the test process, however that ends.
final class ServerFolder: Sendable {
    let path: String
    /// Waits for the end of its standard input, which is the end of this process, and removes what is left.
    private let janitor: ChildProcess

    init(name: String) throws {
        let id = UUID().uuidString.lowercased().prefix(13)
        path = "\(NSTemporaryDirectory())martlet-\(name)-\(id)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // What still writes there needs a moment to die before the folder can go.
        let script = #"cat > /dev/null; for n in 1 2 3 4 5; do sleep 2; rm -rf "$1" && break; done"#
        janitor = try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", script, "janitor", path],
            output: .file("/dev/null")
        )
    }

    deinit {
        janitor.send(signal: SIGKILL)
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Gives the folder to a user of this machine, for a server that refuses to run as root.
    func give(to user: String) throws {
        guard let entry = getpwnam(user) else {
            throw ServerError("there is no user \(user)")
        }
        guard chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
            throw ServerError("\(path): \(String(cString: strerror(errno)))")
        }
    }
}
