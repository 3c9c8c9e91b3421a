import Foundation

/// `DATA/run`: the lock that keeps a second `martlet up` out, and the numbers of the running processes.
final class RunFolder: Sendable {
    /// The folder is in use, or can't be used.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private let path: String
    private let lock: Int32

    /// Makes the folder if there is none and locks it until `close()` or the end of the process.
    init(data: String) throws(Refusal) {
        path = data + "/run"
        do {
            // Messages lie in it: it is for the owner alone.
            for folder in [data, path] {
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
            }
        } catch {
            throw Refusal(description: "cannot make the folder \(path)")
        }
        lock = open(path + "/up.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw Refusal(
                description: "cannot write to \(path): \(String(cString: strerror(errno)))"
            )
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = max(read(lock, &buffer, buffer.count), 0)
            Foundation.close(lock)
            let holder = String(decoding: buffer[..<count], as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw Refusal(
                description: "another `martlet up` (process \(holder)) runs on \(data); "
                    + "stop it first, or name another folder with --data"
            )
        }
        let note = Array("\(getpid())\n".utf8)
        ftruncate(lock, 0)
        _ = write(lock, note, note.count)
    }

    /// The processes of a run that has just ended, as far as they are still there.
    var survivors: [String: Int32] { Self.processes(at: path) }

    /// The processes that are written down in the run folder at `path`, as far as they are there.
    ///
    /// The list outlives a run that was killed, and the numbers in it may be other processes' by now: only services count.
    static func processes(at path: String) -> [String: Int32] {
        guard let text = FileManager.default.contents(atPath: path + "/pids.json"),
            let former = try? JSONDecoder().decode([String: Int32].self, from: text)
        else { return [:] }
        return former.filter { name, identifier in
            let service = name.prefix { $0 != "-" }
            return isRunning(identifier, as: "martlet-\(service)", path)
        }
    }

    /// The `martlet up` that has written its number into the lock, if it is there.
    static func supervisor(at path: String) -> Int32? {
        guard let bytes = FileManager.default.contents(atPath: path + "/up.lock") else {
            return nil
        }
        let text = String(decoding: bytes.prefix(32), as: UTF8.self)
        guard let identifier = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            isRunning(identifier, as: "martlet", path)
        else { return nil }
        return identifier
    }

    private static func isRunning(
        _ identifier: Int32,
        as program: String,
        _ path: String
    ) -> Bool {
        guard identifier > 0, kill(identifier, 0) == 0 else { return false }
        // Where the kernel does not say what runs, the lock says at least that these are the numbers of a run that goes on.
        guard let command = ProcessFiles.arguments(of: identifier) else { return isLocked(path) }
        return command.first?.split(separator: "/").last.map(String.init) == program
    }

    private static func isLocked(_ path: String) -> Bool {
        let lock = open(path + "/up.lock", O_RDONLY | O_CLOEXEC)
        guard lock >= 0 else { return false }
        defer { Foundation.close(lock) }
        return flock(lock, LOCK_SH | LOCK_NB) != 0
    }

    /// Puts `pids.json` in place of the old one, whole or not at all.
    func record(_ identifiers: [String: Int32]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let text = try? encoder.encode(identifiers) else { return }
        try? (text + Data("\n".utf8)).write(
            to: URL(fileURLWithPath: path + "/pids.json"),
            options: .atomic
        )
    }

    /// Removes `pids.json` and lets others in.
    func close() {
        unlink(path + "/pids.json")
        Foundation.close(lock)
    }
}
