import Crypto
import Events
import Foundation
import MartletClient

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What one account's terminal client keeps on disk: tokens, position, and which conversation an address leads to.
///
/// One process at a time: two with the same device would push each other off the server. Every file is replaced as a whole
/// and readable by its owner alone.
final class ChatProfile: Sendable {
    /// Why a profile cannot be used.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String
    private let lock: FileHandle

    /// Opens the profile, and makes it if it is not there.
    init(directory: String) throws {
        self.directory = directory
        do {
            try PrivateFile.makeDirectory(directory)
        } catch {
            throw Failure(description: "cannot make the profile's folder \(directory)")
        }
        let file = open("\(directory)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Failure(description: "cannot write in the profile's folder \(directory)")
        }
        lock = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                description: "another martlet chat uses this account here; give it --profile DIR "
                    + "to be another device"
            )
        }
    }

    /// Where the profile of an address, or of an account's id, is unless another place is given.
    static func directoryDefault(for account: String, server: String) -> String {
        let digest = SHA256.hash(data: Data("\(server)\n\(account)".utf8))
        let name = digest.prefix(8).map { String(format: "%02x", $0) }.joined()
        let environment = ProcessInfo.processInfo.environment
        let data = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let home = data ?? "\(FileManager.default.homeDirectoryForCurrentUser.path)/.local/share"
        return "\(home)/martlet/\(name)"
    }

    // MARK: Contents

    var credentials: Credentials? {
        read("credentials.json").flatMap { try? JSONDecoder().decode(Credentials.self, from: $0) }
    }

    var position: InboxPosition? {
        read("position").flatMap { InboxPosition(String(decoding: $0, as: UTF8.self)) }
    }

    func save(_ credentials: Credentials) throws {
        try PrivateFile.write(try JSONEncoder().encode(credentials), to: path("credentials.json"))
    }

    /// Keeps the position; what a power failure takes back comes from the server once more.
    func save(_ position: InboxPosition) {
        try? PrivateFile.write(
            Data(position.description.utf8),
            to: path("position"),
            isDurable: false
        )
    }

    /// Forgets the device: its tokens are no good any more.
    func signOut() {
        for name in ["credentials.json", "position", "conversations.json"] {
            unlink(path(name))
        }
    }

    /// Conversations by the address that they were found under.
    var conversations: [String: ConversationID] {
        read("conversations.json").flatMap {
            try? JSONDecoder().decode([String: ConversationID].self, from: $0)
        } ?? [:]
    }

    func remember(_ conversation: ConversationID, of address: String) {
        var known = conversations
        guard known[address] != conversation else { return }
        known[address] = conversation
        guard let data = try? JSONEncoder().encode(known) else { return }
        try? PrivateFile.write(data, to: path("conversations.json"))
    }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func read(_ name: String) -> Data? {
        FileManager.default.contents(atPath: path(name))
    }
}
