import Foundation
import TestKit
import Yams

/// As much of OpenAPI 3.1 as it takes to hold `docs/openapi.yaml` against a running service.
struct OpenAPIDocument {
    /// One documented answer: method, path and status.
    struct Answer: Hashable, Comparable, CustomStringConvertible {
        let method: String
        let path: String
        let status: Int

        var description: String { "\(method) \(path) \(status)" }

        static func < (left: Self, right: Self) -> Bool { left.description < right.description }
    }

    let root: [String: Any]

    init(yaml: String) throws {
        guard let root = try Yams.load(yaml: yaml) as? [String: Any] else {
            throw HarnessError("docs/openapi.yaml is no mapping")
        }
        self.root = root
    }

    var version: String { root["openapi"] as? String ?? "" }

    /// All documented answers.
    var answers: Set<Answer> {
        var found: Set<Answer> = []
        for (path, methods) in root["paths"] as? [String: [String: Any]] ?? [:] {
            for (method, operation) in methods {
                guard let operation = operation as? [String: Any],
                    let responses = operation["responses"] as? [AnyHashable: Any]
                else { continue }
                for status in responses.keys {
                    guard let number = Int("\(status)") else { continue }
                    found.insert(
                        Answer(method: method.uppercased(), path: path, status: number)
                    )
                }
            }
        }
        return found
    }

    /// What is wrong with an answer that a service gave; empty if it is as documented.
    func complaints(
        about answer: Answer,
        contentType: String,
        retryAfter: String?,
        json: Any?
    ) -> [String] {
        guard let response = response(answer) else { return ["not documented"] }
        var complaints: [String] = []
        if let headers = response["headers"] as? [String: Any], headers["Retry-After"] != nil,
            retryAfter == nil
        {
            complaints.append("no Retry-After")
        }
        guard let content = response["content"] as? [String: Any], !content.isEmpty else {
            return complaints
        }
        let type = contentType.split(separator: ";").first.map(String.init) ?? ""
        guard let media = content[type] as? [String: Any] else {
            return complaints + ["the content type \(type) is not documented"]
        }
        guard let schema = media["schema"] as? [String: Any], type.hasSuffix("json") else {
            return complaints
        }
        guard let json else { return complaints + ["no JSON"] }
        return complaints + mismatches(json, schema, at: "$")
    }

    private func response(_ answer: Answer) -> [String: Any]? {
        let paths = root["paths"] as? [String: [String: Any]]
        let operation = paths?[answer.path]?[answer.method.lowercased()] as? [String: Any]
        guard let responses = operation?["responses"] as? [AnyHashable: Any] else { return nil }
        let found = responses.first { "\($0.key)" == "\(answer.status)" }?.value
        return (found as? [String: Any]).map(resolved)
    }

    /// Follows `$ref`s inside the document.
    private func resolved(_ value: [String: Any]) -> [String: Any] {
        guard let reference = value["$ref"] as? String else { return value }
        var place: Any = root
        for part in reference.dropFirst(2).split(separator: "/") {
            guard let next = (place as? [String: Any])?[String(part)] else { return [:] }
            place = next
        }
        return (place as? [String: Any]).map(resolved) ?? [:]
    }

    func mismatches(_ value: Any, _ schema: [String: Any], at place: String) -> [String] {
        let schema = resolved(schema)
        if schema.isEmpty { return [] }
        var found: [String] = []
        for part in schema["allOf"] as? [[String: Any]] ?? [] {
            found += mismatches(value, part, at: place)
        }
        for key in ["oneOf", "anyOf"] {
            guard let choices = schema[key] as? [[String: Any]] else { continue }
            if !choices.contains(where: { mismatches(value, $0, at: place).isEmpty }) {
                found.append("\(place): none of \(key)")
            }
        }
        let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
        if !types.isEmpty, !types.contains(where: { isOf($0, value) }) {
            return found + ["\(place): not \(types.joined(separator: " or "))"]
        }
        if let options = schema["enum"] as? [Any],
            !options.contains(where: { isSame($0, value) })
        {
            found.append("\(place): not one of the enum")
        }
        if let constant = schema["const"], !isSame(constant, value) {
            found.append("\(place): not \(constant)")
        }
        if let object = value as? [String: Any] {
            found += objectMismatches(object, schema, at: place)
        }
        if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
            for (number, item) in list.enumerated() {
                found += mismatches(item, items, at: "\(place)[\(number)]")
            }
        }
        if let text = value as? String, let pattern = schema["pattern"] as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(place): does not match \(pattern)")
        }
        return found + boundMismatches(value, schema, at: place)
    }

    private func boundMismatches(
        _ value: Any,
        _ schema: [String: Any],
        at place: String
    ) -> [String] {
        let measured: (size: Int?, least: String, most: String)
        switch value {
        case let text as String:
            measured = (text.unicodeScalars.count, "minLength", "maxLength")
        case let list as [Any]: measured = (list.count, "minItems", "maxItems")
        default: measured = ((value as? NSNumber)?.intValue, "minimum", "maximum")
        }
        guard let size = measured.size else { return [] }
        var found: [String] = []
        if let least = schema[measured.least] as? Int, size < least {
            found.append("\(place): less than \(least)")
        }
        if let most = schema[measured.most] as? Int, size > most {
            found.append("\(place): more than \(most)")
        }
        return found
    }

    /// Whether a value of the document and one that a service gave are the same.
    private func isSame(_ documented: Any, _ value: Any) -> Bool {
        if let truth = documented as? Bool { return value as? Bool == truth }
        return "\(documented)" == "\(value)"
    }

    private func objectMismatches(
        _ object: [String: Any],
        _ schema: [String: Any],
        at place: String
    ) -> [String] {
        var found: [String] = []
        for name in schema["required"] as? [String] ?? [] where object[name] == nil {
            found.append("\(place).\(name) is missing")
        }
        let properties = schema["properties"] as? [String: Any] ?? [:]
        for (name, value) in object {
            if let property = properties[name] as? [String: Any] {
                found += mismatches(value, property, at: "\(place).\(name)")
            } else if let further = schema["additionalProperties"] as? [String: Any] {
                found += mismatches(value, further, at: "\(place).\(name)")
            } else if !properties.isEmpty, schema["additionalProperties"] as? Bool == false {
                found.append("\(place).\(name) is not documented")
            }
        }
        return found
    }

    private func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": return value is [String: Any]
        case "array": return value is [Any]
        case "string": return value is String
        case "null": return value is NSNull
        case "boolean": return "\(value)" == "true" || "\(value)" == "false" || value is Bool
        case "integer":
            return (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "number": return value is NSNumber
        default: return true
        }
    }
}
