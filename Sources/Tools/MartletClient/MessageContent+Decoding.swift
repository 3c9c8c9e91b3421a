import Events

extension MessageContent {
    /// Reads the content that comes next; one of a type that is not known, or without what its type must have, is `unknown`.
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var fields = ContentFields()
        try fields.read(&reader)
        self = fields.content ?? .unknown(type: fields.type)
    }
}

/// What contents of all types may hold, in whichever order it comes.
private struct ContentFields {
    var type = ""
    private var text: String?
    private var mediaID: String?
    private var mimeType = ""
    private var caption = ""
    private var fileName = ""
    private var place: Place?
    private var endsAt: Timestamp?
    private var name = ""
    private var addresses: [String] = []
    private var milliseconds: Int64 = 0
    private var question: String?
    private var options: [String] = []
    private var isMultiple = false

    mutating func read(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "type" {
                type = try reader.string() ?? ""
            } else if key == "text" {
                text = try reader.string()
            } else if key == "question" {
                question = try reader.string()
            } else if key == "options" {
                options = try Self.strings(&reader)
            } else if key == "multiple" {
                isMultiple = try reader.bool() ?? false
            } else if try !readOther(key, &reader) {
                try reader.skipValue()
            }
        }
    }

    private mutating func readOther(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "media_id" {
            mediaID = try reader.string()
        } else if key == "mime_type" {
            mimeType = try reader.string() ?? ""
        } else if key == "caption" {
            caption = try reader.string() ?? ""
        } else if key == "file_name" {
            fileName = try reader.string() ?? ""
        } else if key == "location" {
            place = try Place(reading: &reader)
        } else if key == "ends_at" {
            endsAt = try reader.timestamp()
        } else if key == "name" {
            name = try reader.string() ?? ""
        } else if key == "addresses" {
            addresses = try Self.strings(&reader)
        } else if key == "duration_ms" {
            milliseconds = try reader.integer() ?? 0
        } else {
            return false
        }
        return true
    }

    private static func strings(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> [String] {
        try reader.elements { (reader) throws(JSONReader.Malformed) -> String? in
            try reader.string()
        }
    }

    var content: MessageContent? {
        switch type {
        case "text": text.map { .text($0) }
        case "poll":
            question.map {
                .poll(Poll(question: $0, options: options, isMultiple: isMultiple))
            }
        case "media":
            mediaID.map {
                .media(
                    MessageContent.Media(
                        mediaID: $0,
                        mimeType: mimeType,
                        caption: caption,
                        fileName: fileName
                    )
                )
            }
        case "location": place.map { .location($0) }
        case "live_location":
            place.map { .liveLocation($0, endsAt: endsAt ?? Timestamp(milliseconds: 0)) }
        case "contact": .contact(name: name, addresses: addresses)
        case "voice_note":
            mediaID.map { .voiceNote(mediaID: $0, length: .milliseconds(milliseconds)) }
        case "deleted": .deleted
        case "expired": .expired
        case "hidden": .hidden
        case "edited": .edited
        default: nil
        }
    }
}
