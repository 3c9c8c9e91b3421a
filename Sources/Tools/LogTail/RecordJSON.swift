import EventLog
import Events

/// Writes records as JSON objects, one a line, with everything in full.
public struct RecordJSON: Sendable {
    /// A way to write objects.
    public init() {}

    /// A record as a JSON object without line ends.
    public func line(_ decoded: DecodedRecord) -> String {
        let record = decoded.record
        let description = RecordDescription(decoded)
        var object = JSONObject()
        object.add("topic", record.topicPartition.topic.name)
        object.add("partition", Int64(record.topicPartition.partition.number))
        object.add("offset", record.offset.number)
        object.add("timestamp", record.timestamp.milliseconds)
        object.add("time", LocalTime.iso8601(record.timestamp))
        object.add("key", RecordLine.key(of: record))
        object.add("kind", description.kind)
        for field in description.fields {
            switch field.value {
            case .identifier(let text), .word(let text), .text(let text):
                object.add(field.name, text)
            case .number(let number): object.add(field.name, number)
            case .time(let time): object.add("\(field.name)_ms", time.milliseconds)
            case .origin(let origin): object.add(field.name, RecordLine.text(origin))
            }
        }
        return object.text
    }
}

/// A JSON object that keeps the order of its members.
public struct JSONObject: Sendable {
    private var body = ""

    /// An object without members.
    public init() {}

    /// The object's text, in one line.
    public var text: String { "{\(body)}" }

    /// Adds a text.
    public mutating func add(_ name: String, _ value: String) {
        add(name, json: Self.quoted(value))
    }

    /// Adds a number.
    public mutating func add(_ name: String, _ value: Int64) {
        add(name, json: String(value))
    }

    /// Adds a truth.
    public mutating func add(_ name: String, _ value: Bool) {
        add(name, json: value ? "true" : "false")
    }

    /// Adds an array of objects.
    public mutating func add(_ name: String, _ values: [JSONObject]) {
        add(name, json: "[\(values.map(\.text).joined(separator: ","))]")
    }

    /// Adds an array of texts.
    public mutating func add(_ name: String, _ values: [String]) {
        add(name, json: "[\(values.map(Self.quoted).joined(separator: ","))]")
    }

    private mutating func add(_ name: String, json: String) {
        if !body.isEmpty { body += "," }
        body += Self.quoted(name) + ":" + json
    }

    /// A JSON string: quotes, backslashes and controls escaped (RFC 8259, section 7).
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            // Controls, and what some readers take for line ends.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
