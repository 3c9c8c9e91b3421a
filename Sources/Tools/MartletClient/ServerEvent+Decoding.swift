import Events

extension ServerEvent {
    /// Reads the event that comes next.
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var fields = EventFields()
        try fields.read(&reader)
        self = fields.event ?? .unknown(kind: fields.kind)
    }

    /// Reads the event that comes next; what cannot be understood, but skipped, is an unknown one.
    ///
    /// So that whatever a later server says can be acknowledged.
    init(tolerantly reader: inout JSONReader) throws(JSONReader.Malformed) {
        let start = reader
        let event = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
            try ServerEvent(reading: &reader)
        }
        self = event ?? .unknown(kind: Self.kind(start))
    }

    /// The word for what happened in an event of another shape than was thought.
    private static func kind(_ reader: JSONReader) -> String {
        var reader = reader
        var kind: String?
        try? reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "kind", reader.peek() == UInt8(ascii: "\"") {
                kind = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
        return kind ?? ""
    }
}
