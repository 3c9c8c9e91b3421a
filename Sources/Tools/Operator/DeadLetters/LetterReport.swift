import EventLog
import Events
import LogTail

/// One letter in full, for people or programs; with what people wrote only if asked for.
struct LetterReport {
    let letter: FiledLetter
    let later: LaterRecords
    /// Letters about copies of the same record: it was sent again and failed again.
    let comebacks: [Offset]
    let showsContent: Bool
    let palette: Palette
    var clock = LocalTime()

    private static let labelColumns = 18

    /// Lines for people.
    var lines: [String] {
        var lines = [
            palette.paint("dead letter \(letter.offset)", .strong) + "  "
                + "\(clock.date(letter.record.timestamp)) \(clock.timeOfDay(letter.record.timestamp))"
        ]
        lines.append(line("cause", cause, .fault))
        lines.append(line("consumer", TerminalText.harmless(letter.letter.consumer)))
        lines.append(line("origin", letter.origin.map { RecordLine.text($0) } ?? "not told"))
        lines += after.map { line("since then", $0) }
        guard let original = letter.original else { return lines }
        let description = RecordDescription(DecodedRecord(original))
        lines.append("")
        lines.append(palette.paint("the record", .strong))
        lines.append(line("kind", description.kind))
        lines.append(line("key", RecordLine.key(of: original)))
        lines += description.fields.map { line($0.name, text($0.value)) }
        let value = original.value ?? []
        lines.append(
            line("value", showsContent ? HexDump.text(value) : hidden("\(value.count) bytes"))
        )
        return lines
    }

    /// One object, with the same.
    var object: JSONObject {
        var object = JSONObject()
        object.add("offset", letter.offset.number)
        object.add("timestamp", letter.record.timestamp.milliseconds)
        object.add("time", LocalTime.iso8601(letter.record.timestamp))
        object.add("code", letter.letter.code)
        object.add("detail", letter.letter.detail)
        object.add("consumer", letter.letter.consumer)
        if let origin = letter.origin { object.add("origin", RecordLine.text(origin)) }
        object.add("sent_again_at", later.copies(of: letter).map(place))
        object.add("came_back_as", comebacks.map(\.description))
        if let overtaker = later.overtaker(of: letter) {
            object.add("overtaken_by", place(overtaker))
        }
        guard let original = letter.original else { return object }
        let description = RecordDescription(DecodedRecord(original))
        object.add("record_kind", description.kind)
        object.add("record_key", RecordLine.key(of: original))
        for field in description.fields { add(field, to: &object) }
        object.add("record_value_bytes", Int64(original.value?.count ?? 0))
        if showsContent { object.add("record_value", HexDump.text(original.value ?? [])) }
        return object
    }

    private var cause: String {
        let detail = TerminalText.harmless(letter.letter.detail)
        return TerminalText.harmless(letter.letter.code) + (detail.isEmpty ? "" : ": \(detail)")
    }

    /// What became of it.
    private var after: [String] {
        var after = later.copies(of: letter).map { "sent again: \(place($0))" }
        after += comebacks.map { "failed again: dead letter \($0)" }
        if let overtaker = later.overtaker(of: letter) {
            after.append("said otherwise: \(place(overtaker))")
        }
        return after.isEmpty ? ["not sent again"] : after
    }

    private func place(_ offset: Offset) -> String {
        letter.place.map { "\($0.topicPartition)@\(offset)" } ?? "\(offset)"
    }

    private func line(_ name: String, _ text: String, _ role: Palette.Role? = nil) -> String {
        let label = palette.paint(TopicTable.left("  \(name)", Self.labelColumns), .faint)
        return label + (role.map { palette.paint(text, $0) } ?? text)
    }

    private func text(_ value: RecordDescription.Value) -> String {
        switch value {
        case .identifier(let id): id
        case .number(let number): String(number)
        case .word(let word): TerminalText.harmless(word)
        case .text(let text):
            showsContent ? TerminalText.harmless(text) : hidden("\(text.count) characters")
        case .time(let time): LocalTime.iso8601(time)
        case .origin(let origin): RecordLine.text(origin)
        }
    }

    private func add(_ field: RecordDescription.Field, to object: inout JSONObject) {
        let name = "record_\(field.name)"
        switch field.value {
        case .text(let text):
            if showsContent { object.add(name, text) }
        case .number(let number): object.add(name, number)
        case .time(let time): object.add("\(name)_ms", time.milliseconds)
        case .identifier, .word, .origin: object.add(name, text(field.value))
        }
    }

    private func hidden(_ size: String) -> String {
        palette.paint("\(size), shown with --content", .faint)
    }
}
