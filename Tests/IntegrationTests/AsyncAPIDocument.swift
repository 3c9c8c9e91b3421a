import Foundation
import TestKit
import Yams

/// As much of AsyncAPI 3.0 as it takes to hold `docs/asyncapi.yaml` against the code and against a running system.
struct AsyncAPIDocument {
    /// A topic, as its channel or its file in `topics/` says.
    struct TopicEntry: Equatable {
        let name: String
        let number: Int
        let key: String
        let partitions: String
        let retention: String
        let cleanup: String
        let producers: [String]
        let consumers: [String]

        init(name: String, _ fields: [String: Any]) {
            self.name = name
            number = fields["number"] as? Int ?? 0
            key = fields["key"] as? String ?? ""
            partitions = fields["partitions"] as? String ?? ""
            retention = fields["retention"] as? String ?? ""
            cleanup = fields["cleanup"] as? String ?? ""
            producers = fields["producers"] as? [String] ?? []
            consumers = fields["consumers"] as? [String] ?? []
        }
    }

    /// The repository's folder.
    static let folder: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    let root: [String: Any]
    /// The same with what it takes to check a value against a schema.
    let schemas: OpenAPIDocument

    init() throws {
        let yaml = try String(contentsOfFile: Self.folder + "/docs/asyncapi.yaml", encoding: .utf8)
        schemas = try OpenAPIDocument(yaml: yaml)
        root = schemas.root
    }

    var version: String { root["asyncapi"] as? String ?? "" }

    // MARK: References

    /// All references, with the place where they are.
    var references: [(place: String, target: String)] {
        var found: [(String, String)] = []
        collect(root, at: "#", into: &found)
        return found
    }

    private func collect(
        _ node: Any,
        at place: String,
        into found: inout [(String, String)]
    ) {
        for (number, item) in (node as? [Any] ?? []).enumerated() {
            collect(item, at: "\(place)/\(number)", into: &found)
        }
        for (name, child) in node as? [String: Any] ?? [:] {
            if name == "$ref" { found.append((place, child as? String ?? "")) }
            collect(child, at: "\(place)/\(name)", into: &found)
        }
    }

    /// What a reference leads to: something in the document, or a file's text.
    func target(of reference: String) -> Any? {
        guard reference.hasPrefix("#/") else {
            return try? String(
                contentsOfFile: Self.folder + "/docs/" + reference,
                encoding: .utf8
            )
        }
        var place: Any? = root
        for part in reference.dropFirst(2).split(separator: "/") {
            place = (place as? [String: Any])?[String(part)]
        }
        return place
    }

    private func followed(_ node: Any?) -> [String: Any] {
        guard let object = node as? [String: Any] else { return [:] }
        guard let reference = object["$ref"] as? String else { return object }
        return followed(target(of: reference))
    }

    // MARK: Frames and events

    private var channels: [String: [String: Any]] {
        root["channels"] as? [String: [String: Any]] ?? [:]
    }

    /// The names of all frames of the socket.
    var frames: Set<String> {
        Set((channels["socket"]?["messages"] as? [String: Any] ?? [:]).keys)
    }

    /// The names of the frames that an operation sends or receives.
    func frames(of operation: String) -> Set<String> {
        let operations = root["operations"] as? [String: [String: Any]]
        let messages = operations?[operation]?["messages"] as? [[String: String]] ?? []
        return Set(
            messages.compactMap { $0["$ref"]?.split(separator: "/").last.map(String.init) }
        )
    }

    /// Close codes with their words.
    var closeCodes: [String: String] {
        channels["socket"]?["x-close-codes"] as? [String: String] ?? [:]
    }

    /// What is wrong with a frame; empty if it is as documented.
    func complaints(about frame: Any) -> [String] {
        guard let object = frame as? [String: Any], let type = object["type"] as? String else {
            return ["no frame"]
        }
        guard frames.contains(type) else { return ["\(type) is not documented"] }
        let messages = channels["socket"]?["messages"] as? [String: Any]
        guard let schema = followed(messages?[type])["payload"] as? [String: Any] else {
            return ["\(type) has no schema"]
        }
        // What is wrong with an event is told of its own kind, not that it is none of all kinds.
        if type == "event", let event = object["event"] { return complaints(aboutEvent: event) }
        return schemas.mismatches(frame, schema, at: type)
    }

    /// What is wrong with what a frame tells; empty if it is as documented.
    func complaints(aboutEvent event: Any) -> [String] {
        guard let kind = (event as? [String: Any])?["kind"] as? String else { return ["no kind"] }
        guard let schema = events[kind] else { return ["\(kind) is not documented"] }
        return schemas.mismatches(event, schema, at: kind)
    }

    /// The schemas of all kinds of events.
    var events: [String: [String: Any]] {
        var events: [String: [String: Any]] = [:]
        let all = followed(["$ref": "#/components/schemas/Event"])["oneOf"] as? [Any] ?? []
        for schema in all.map({ followed($0) }) {
            let properties = schema["properties"] as? [String: [String: Any]]
            let kind = properties?["kind"] ?? [:]
            let kinds = (kind["enum"] as? [String]) ?? [kind["const"] as? String ?? ""]
            for kind in kinds { events[kind] = schema }
        }
        return events
    }

    /// The kinds of events that the document has an example of.
    var kindsShown: Set<String> {
        let shown = events.values.flatMap { $0["examples"] as? [[String: Any]] ?? [] }
        return Set(shown.compactMap { $0["kind"] as? String })
    }

    // MARK: Topics

    /// The topics that the document has, with their Kafka bindings and what their only message's payload is.
    var topics: [(entry: TopicEntry, binding: [String: Any], message: String, value: String)] {
        channels.filter { $0.key != "socket" }.values.map { channel in
            let bindings = channel["bindings"] as? [String: [String: Any]]
            let messages = channel["messages"] as? [String: Any] ?? [:]
            let message = followed(messages.values.first)
            let payload = message["payload"] as? [String: Any]
            let schema = payload?["schema"] as? [String: String]
            return (
                TopicEntry(
                    name: channel["address"] as? String ?? "",
                    channel["x-topic"] as? [String: Any] ?? [:]
                ),
                bindings?["kafka"] ?? [:],
                message["name"] as? String ?? "",
                schema?["$ref"] ?? ""
            )
        }
    }

    /// The topics that `topics/` has.
    static func declaredTopics() throws -> [TopicEntry] {
        let folder = folder + "/topics"
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".yaml") }
            .map { file in
                let yaml = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
                let fields = try Yams.load(yaml: yaml) as? [String: Any] ?? [:]
                return TopicEntry(name: fields["name"] as? String ?? "", fields)
            }
    }
}
