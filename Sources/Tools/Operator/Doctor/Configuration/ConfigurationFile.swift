import Foundation
import Yams

/// What a configuration file says, as dotted keys.
struct ConfigurationFile: Sendable, Equatable {
    /// A key and its value.
    struct Entry: Sendable, Equatable {
        /// Such as `gateway.port`.
        let key: String
        /// As it stands in the file; of a list or an empty mapping nothing.
        let value: String?
        /// From 1.
        let line: Int
    }

    /// Read at most; nobody writes as much by hand.
    static let bytesMax = 1 << 20

    /// Where it is, or would be.
    let path: String
    /// What it says, in its order.
    var entries: [Entry] = []
    /// Why it can't be read, in one line.
    var fault: String?
    /// Whether there is one.
    var exists = true

    /// The values by key.
    var values: [String: String] {
        Dictionary(entries.compactMap { entry in entry.value.map { (entry.key, $0) } }) { $1 }
    }

    /// Reads the file at `path`; that there is none is a fault only of one that was named.
    static func read(_ path: String, isNamed: Bool) -> ConfigurationFile {
        guard FileManager.default.fileExists(atPath: path) else {
            let fault = isNamed ? "there is no such file" : nil
            return ConfigurationFile(path: path, fault: fault, exists: false)
        }
        guard let file = FileHandle(forReadingAtPath: path),
            let bytes = try? file.read(upToCount: bytesMax + 1)
        else { return ConfigurationFile(path: path, fault: "it can't be read") }
        try? file.close()
        guard bytes.count <= bytesMax else {
            return ConfigurationFile(path: path, fault: "it is larger than a configuration is")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return ConfigurationFile(path: path, fault: "it is not UTF-8")
        }
        return ConfigurationFile(path: path, text: text)
    }

    init(path: String, entries: [Entry] = [], fault: String? = nil, exists: Bool = true) {
        self.path = path
        self.entries = entries
        self.fault = fault
        self.exists = exists
    }

    /// Reads a file's text.
    init(path: String, text: String) {
        self.path = path
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard case .mapping(let mapping) = root else {
                fault = "it is not a mapping of settings to values"
                return
            }
            add(mapping, below: "")
        } catch let error as YamlError {
            fault = Self.words(error)
        } catch {
            fault = "it is not YAML"
        }
    }

    private mutating func add(_ mapping: Node.Mapping, below prefix: String) {
        for (name, node) in mapping {
            guard let word = name.scalar?.string else { continue }
            let key = prefix + word
            let line = name.mark?.line ?? 0
            switch node {
            case .mapping(let inner) where !inner.isEmpty: add(inner, below: key + ".")
            case .scalar(let scalar):
                entries.append(Entry(key: key, value: scalar.string, line: line))
            default: entries.append(Entry(key: key, value: nil, line: line))
            }
        }
    }

    /// Where and what kind of fault; not the text around it, which may be a password.
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
}
