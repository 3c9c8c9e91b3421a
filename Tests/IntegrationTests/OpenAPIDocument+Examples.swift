import Foundation
import TestKit

extension OpenAPIDocument {
    /// A value that the document shows, and what it is an example of.
    private struct Shown {
        let value: Any
        let schema: [String: Any]
        let place: String
    }

    /// How many examples the document has.
    var exampleCount: Int { shown.count }

    /// What is wrong with the document's own examples; empty if they are as their schemas say.
    func complaintsAboutExamples() throws -> [String] {
        try shown.flatMap { shown in
            // As a client would see it: numbers and `null` as JSON has them.
            let data = try JSONSerialization.data(withJSONObject: [shown.value])
            guard let values = try JSONSerialization.jsonObject(with: data) as? [Any],
                let value = values.first
            else { throw HarnessError("\(shown.place) is no JSON") }
            return mismatches(value, shown.schema, at: shown.place)
        }
    }

    private var shown: [Shown] {
        var found: [Shown] = []
        collect(root, at: "#", into: &found)
        return found
    }

    private func collect(_ node: Any, at place: String, into found: inout [Shown]) {
        if let list = node as? [Any] {
            for (number, item) in list.enumerated() {
                collect(item, at: "\(place)/\(number)", into: &found)
            }
        }
        guard let object = node as? [String: Any] else { return }
        if let schema = object["schema"] as? [String: Any] {
            // A media type, a parameter or a header.
            if let value = object["example"] {
                found.append(Shown(value: value, schema: schema, place: place))
            }
            for (name, example) in object["examples"] as? [String: [String: Any]] ?? [:] {
                guard let value = example["value"] else { continue }
                found.append(Shown(value: value, schema: schema, place: "\(place)/\(name)"))
            }
        } else {
            // A schema.
            for value in object["examples"] as? [Any] ?? [] {
                found.append(Shown(value: value, schema: object, place: place))
            }
        }
        for (name, child) in object where name != "example" && name != "examples" {
            collect(child, at: "\(place)/\(name)", into: &found)
        }
    }
}
