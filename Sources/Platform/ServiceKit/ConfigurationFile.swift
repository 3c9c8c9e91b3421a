import Configuration
import Foundation
import SystemPackage
import Yams

/// What a configuration file says, as dotted keys.
///
/// Nothing that is said of a fault shows the file's text: any line of it may hold a password.
public struct ConfigurationFile: Sendable, Equatable {
    /// A key and its value.
    public struct Entry: Sendable, Equatable {
        /// Such as `gateway.port`.
        public let key: String
        /// As it stands in the file; of a list or an empty mapping nothing.
        public let value: String?
        /// From 1.
        public let line: Int

        /// An entry of its parts.
        public init(key: String, value: String?, line: Int) {
            self.key = key
            self.value = value
            self.line = line
        }
    }

    /// Read at most; nobody writes as much by hand.
    public static let bytesMax = 1 << 20

    /// Where it is, or would be.
    public let path: String
    /// What it says, in its order; a file that is empty, or commented out, says nothing.
    public private(set) var entries: [Entry]
    /// Why it can't be read, in one line.
    public private(set) var fault: String?
    /// Whether there is one.
    public let exists: Bool

    /// The values by key.
    public var values: [String: String] {
        Dictionary(entries.compactMap { entry in entry.value.map { (entry.key, $0) } }) { $1 }
    }

    /// A file of its parts.
    public init(path: String, entries: [Entry] = [], fault: String? = nil, exists: Bool = true) {
        self.path = path
        self.entries = entries
        self.fault = fault
        self.exists = exists
    }

    // MARK: Reading

    /// Reads the file at `path`; that there is none is a fault only of one that was named.
    public static func read(_ path: String, isNamed: Bool) -> ConfigurationFile {
        guard FileManager.default.fileExists(atPath: path) else {
            let fault = isNamed ? "there is no such file" : nil
            return ConfigurationFile(path: path, fault: fault, exists: false)
        }
        guard let bytes = bytes(of: path) else {
            return ConfigurationFile(path: path, fault: "it can't be read")
        }
        guard bytes.count <= bytesMax else {
            return ConfigurationFile(path: path, fault: "it is larger than a configuration is")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return ConfigurationFile(path: path, fault: "it is not UTF-8")
        }
        return ConfigurationFile(path: path, text: text)
    }

    /// One byte more than may be, so that it shows; `nil`: it can't be read.
    private static func bytes(of path: String) -> Data? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        do {
            // Nothing is what an empty file gives.
            return try file.read(upToCount: bytesMax + 1) ?? Data()
        } catch {
            return nil
        }
    }

    /// Reads a file's text.
    public init(path: String, text: String) {
        self.init(path: path)
        do {
            switch try Yams.compose(yaml: text) {
            case nil: return
            case .mapping(let mapping)?: add(mapping, below: "")
            // What is left of a document whose lines are all commented out.
            case .scalar(let scalar)? where scalar.string.isEmpty: return
            default: fault = "it is not a mapping of settings to values"
            }
        } catch let error as YamlError {
            fault = Self.words(error)
        } catch {
            fault = "it is not YAML"
        }
    }

    private mutating func add(_ mapping: Node.Mapping, below prefix: String) {
        for (name, node) in mapping {
            let line = name.mark?.line ?? 0
            guard let word = name.scalar?.string else {
                fault = "line \(line): a setting's name must be one word"
                return
            }
            let key = prefix + word
            switch node {
            case .mapping(let inner) where !inner.isEmpty: add(inner, below: key + ".")
            case .scalar(let scalar):
                entries.append(Entry(key: key, value: scalar.string, line: line))
            case .sequence(let list) where list.contains { $0.scalar == nil }:
                fault = "line \(line): a list may hold nothing but values"
                return
            default: entries.append(Entry(key: key, value: nil, line: line))
            }
        }
    }

    /// Where and what kind of fault.
    private static func words(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(_, let context):
            return "line \(context.mark.line): a key comes twice"
        default: return "it is not YAML"
        }
    }

    // MARK: Using

    /// Refuses a file that can't be read.
    ///
    /// - Throws: `ConfigurationError`.
    func check() throws(ConfigurationError) {
        guard let fault else { return }
        throw ConfigurationError("cannot read the configuration file \(path): \(fault)")
    }

    /// The file for services to look settings up in; `nil`: it says nothing.
    ///
    /// - Throws: `ConfigurationError`.
    func provider() async throws(ConfigurationError) -> (any ConfigProvider)? {
        try check()
        guard !entries.isEmpty else { return nil }
        do {
            return try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
        } catch {
            // What it says of the error has the line in it.
            throw ConfigurationError(
                "cannot read the configuration file \(path): it was changed meanwhile"
            )
        }
    }
}
