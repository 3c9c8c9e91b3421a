public import Crypto
import Foundation

// The file's versions:
// 1: {"version":1,"directory_key":BASE64 of 32 bytes,"signing_key":BASE64 of 32 bytes}

/// The secrets of an installation: the directory key and the token signing key.
///
/// Kept in `DATA/keys/`, readable by the owner alone. Made on first use, in a way that lets several processes start at once
/// and agree.
public struct InstallationKeys: Sendable {
    /// Derives account ids from addresses.
    public let directoryKey: SymmetricKey
    /// Signs tokens (Ed25519).
    public let signingKey: Curve25519.Signing.PrivateKey

    /// Keys of their parts.
    public init(directoryKey: SymmetricKey, signingKey: Curve25519.Signing.PrivateKey) {
        self.directoryKey = directoryKey
        self.signingKey = signingKey
    }

    /// A file of keys that can't be used or made.
    public struct Failure: Error, CustomStringConvertible {
        /// What is wrong, naming the file; never a key.
        public let description: String
    }

    private struct File: Codable {
        static let version = 1

        var version = Self.version
        let directoryKey: Data
        let signingKey: Data

        enum CodingKeys: String, CodingKey {
            case version
            case directoryKey = "directory_key"
            case signingKey = "signing_key"
        }
    }

    /// Reads the keys in a data folder, making them if there are none.
    ///
    /// - Throws: `InstallationKeys.Failure`. Keys that can't be read are never replaced: all accounts would get other ids.
    public static func load(dataDirectory: String) throws -> InstallationKeys {
        let folder = dataDirectory + "/keys"
        let path = folder + "/installation.json"
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw Failure(description: "cannot make the folder \(folder)")
        }
        if !FileManager.default.fileExists(atPath: path) { try create(path, in: folder) }
        guard let data = FileManager.default.contents(atPath: path),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { throw Failure(description: "cannot read the keys in \(path)") }
        guard file.version == File.version else {
            throw Failure(description: "the keys in \(path) are of version \(file.version)")
        }
        guard file.directoryKey.count == 32,
            let signingKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: file.signingKey)
        else { throw Failure(description: "the keys in \(path) are damaged") }
        return InstallationKeys(
            directoryKey: SymmetricKey(data: file.directoryKey),
            signingKey: signingKey
        )
    }

    /// Writes new keys beside the file and links them to its name: of several processes one wins, and a crash leaves all or
    /// nothing.
    private static func create(_ path: String, in folder: String) throws {
        let file = File(
            directoryKey: SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) },
            signingKey: Curve25519.Signing.PrivateKey().rawRepresentation
        )
        let draft = "\(folder)/.installation-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(description: "cannot write in \(folder)") }
        defer { unlink(draft) }
        let bytes = [UInt8](try JSONEncoder().encode(file)) + [0x0A]
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count
        let isSafe = fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, isSafe else { throw Failure(description: "cannot write in \(folder)") }
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw Failure(description: "cannot make \(path)")
        }
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }
}
