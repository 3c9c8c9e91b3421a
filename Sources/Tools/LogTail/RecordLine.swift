public import EventLog
public import Events

/// Writes records as lines for people.
public struct RecordLine: Sendable {
    private let palette: Palette
    private let clock: LocalTime
    private let columns: Int?
    private let today: String

    /// A way to write lines.
    ///
    /// - Parameters:
    ///   - palette: with colours or without.
    ///   - clock: in which time zone.
    ///   - columns: the terminal's width, to which lines are cut; `nil`: as long as they are.
    ///   - now: what is today: records of other days show their date.
    public init(palette: Palette, clock: LocalTime = LocalTime(), columns: Int?, now: Timestamp) {
        self.palette = palette
        self.clock = clock
        self.columns = columns
        today = clock.date(now)
    }

    /// A record in one line, without its end.
    public func line(_ decoded: DecodedRecord) -> String {
        let description = RecordDescription(decoded)
        var pieces = Pieces()
        let date = clock.date(decoded.record.timestamp)
        let time = clock.timeOfDay(decoded.record.timestamp)
        pieces.add(date == today ? time : "\(date) \(time)", .faint)
        let place = "\(decoded.record.topicPartition)@\(decoded.record.offset)"
        pieces.add(
            place + String(repeating: " ", count: max(0, 20 - place.count)),
            .topic(decoded.record.topicPartition.topic.number)
        )
        pieces.add(description.kind, description.isFault ? .fault : .strong)
        // An inbox record's own origin says all; its event's is in the JSON form.
        let hasOwnOrigin = description.fields.contains { $0.name == "inbox_origin" }
        for field in description.fields where !(hasOwnOrigin && field.name == "origin") {
            add(field, to: &pieces)
        }
        if description.kind == "undecodable" { pieces.add("key", Self.key(of: decoded.record)) }
        if case .tombstone = decoded.value { pieces.add("key", Self.key(of: decoded.record)) }
        return pieces.text(palette, columns: columns)
    }

    private func add(_ field: RecordDescription.Field, to pieces: inout Pieces) {
        let name = Self.shortNames[field.name] ?? field.name
        switch field.value {
        case .identifier(let id): pieces.add(name, Self.short(id))
        case .number(let number): pieces.add(name, String(number), .number)
        case .word(let word):
            if field.name == "conversation_kind" { return }
            pieces.add(name, TerminalText.harmless(word))
        case .text(let text):
            if field.name == "text" {
                pieces.addText(TerminalText.harmless(text))
            } else {
                pieces.add(name, TerminalText.harmless(text))
            }
        // The record's own time is at the line's beginning; these are in the JSON form.
        case .time: return
        case .origin(let origin): pieces.add("←", Self.text(origin))
        }
    }

    private static let shortNames = [
        "conversation_id": "conv", "submission_id": "id", "sender": "from", "recipient": "to",
        "device_id": "dev", "account_id": "acct", "session_id": "sess", "message_count": "count",
        "delivered_seq": "delivered", "read_seq": "read", "acknowledged_offset": "has",
        "from_seq": "from seq", "until_seq": "until seq", "close_code": "code",
        "by_device_id": "by dev", "contact_id": "contact",
    ]

    /// The end of an identifier: the beginning of a UUIDv7 is the time, alike for all of an hour.
    public static func short(_ id: String) -> String {
        id.count > 6 ? "…\(id.suffix(6))" : id
    }

    /// An origin as `timeline/3@17`, with its index unless that is 0.
    public static func text(_ origin: Origin) -> String {
        let topic =
            Topic.all.first { $0.number == origin.topicNumber }?.name
            ?? "topic \(origin.topicNumber)"
        let place = "\(topic)/\(origin.partition)@\(origin.offset)"
        return origin.index == 0 ? place : "\(place).\(origin.index)"
    }

    /// A record's key: one identifier or two, or the bytes.
    public static func key(of record: LogRecord) -> String {
        guard let key = record.key else { return "none" }
        let halves = stride(from: 0, to: key.count, by: 16).compactMap { start in
            Identifier<Never>(bytes: key[start..<min(start + 16, key.count)])?.description
        }
        if key.count == 16 || key.count == 32, halves.count * 16 == key.count {
            return halves.joined(separator: "+")
        }
        if !key.isEmpty, key.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return String(decoding: key, as: UTF8.self)
        }
        return "0x" + key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The pieces of a line, of which the text gives way when space is short.
private struct Pieces {
    private var pieces: [(label: String, text: String, role: Palette.Role?)] = []
    private var text: String?

    mutating func add(_ text: String, _ role: Palette.Role) {
        pieces.append(("", text, role))
    }

    mutating func add(_ label: String, _ text: String, _ role: Palette.Role? = nil) {
        pieces.append((label == "←" ? label : "\(label)=", text, role))
    }

    mutating func addText(_ text: String) {
        self.text = text
    }

    func text(_ palette: Palette, columns: Int?) -> String {
        var line = ""
        var left = columns ?? .max
        // The text comes last but is promised a part of the line.
        var promised = min(text.map { TerminalText.width($0) + 3 } ?? 0, 40)
        for (index, piece) in pieces.enumerated() {
            let space = index == 0 ? "" : " "
            let width = space.count + TerminalText.width(piece.label + piece.text)
            if index > 2, left - promised < width { continue }
            left -= width
            line += space + palette.paint(piece.label, .faint)
            line += piece.role.map { palette.paint(piece.text, $0) } ?? piece.text
        }
        guard let text else { return line }
        promised = left - 3
        guard promised > 1 else { return line }
        return line + " "
            + palette.paint("“\(TerminalText.truncated(text, toWidth: promised))”", .text)
    }
}
