import Conversations
import Events
import Foundation
public import Stores

/// A row of the table `events` as a line of JSON, and back.
///
/// Nothing is lost and nothing is left to chance: equal rows give equal bytes. Numbers are numbers, identifiers their 26 characters, what is
/// `NULL` is left out, and so is an empty content. A content that is a plain text and nothing else is `"text"`; any other, and `"details"`, are bytes in
/// base64. `"origin"` is topic, partition, offset and index. A reader passes over names that it does not know.
public enum ArchiveLine {
    /// The columns of `StoreTable.events`, in their order.
    enum Column: Int, CaseIterable {
        case conversation
        case seq
        case messageCount
        case messageID
        case kind
        case sender
        case device
        case recipient
        case serverTime
        case clientTime
        case content
        case originTopic
        case originPartition
        case originOffset
        case originIndex
        case details

        /// Whether a row may do without a value: the others are `NOT NULL`.
        var isOptional: Bool { self == .recipient || self == .clientTime || self == .details }
    }

    /// The line of a row, with its line feed.
    ///
    /// - Throws: `ArchiveError` with the code `invalidRows` if it is no row of `events`.
    public static func encode(_ row: StoreRow) throws(ArchiveError) -> [UInt8] {
        guard row.table == .events, row.values.count == Column.allCases.count else {
            throw ArchiveError(.invalidRows, "a row of another table: \(row.table.rawValue)")
        }
        var encoder = Encoder(row: row)
        try encoder.encode()
        return encoder.writer.bytes + [0x0A]
    }

    /// The row of a line without its line feed.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt` if the line is none that `encode` gives.
    public static func decode(_ line: [UInt8]) throws(ArchiveError) -> StoreRow {
        try line.withUnsafeBufferPointer { bytes throws(ArchiveError) in
            try decode(UnsafeRawBufferPointer(bytes))
        }
    }

    static func decode(_ line: UnsafeRawBufferPointer) throws(ArchiveError) -> StoreRow {
        var decoder = Decoder()
        var scanner = JSONScanner(line)
        try scanner.object { name, scanner throws(ArchiveError) in
            try decoder.take(name, &scanner)
        }
        try scanner.end()
        return try decoder.row()
    }

    /// The seq of a line, read without the rest, or `nil` where the line does not begin as ours do.
    static func seq(_ line: UnsafeRawBufferPointer) -> Int64? {
        // {"conversation":"…26…","seq":
        let start = seqStart
        guard line.count > start, line[start - 1] == UInt8(ascii: ":"),
            line[start - 3] == UInt8(ascii: "q")
        else { return nil }
        var value: Int64 = 0
        var place = start
        while place < line.count, place < start + 18, line[place] != UInt8(ascii: ",") {
            let digit = Int64(line[place]) - Int64(UInt8(ascii: "0"))
            guard (0...9).contains(digit) else { return nil }
            value = value * 10 + digit
            place += 1
        }
        guard place > start, place < line.count, line[place] == UInt8(ascii: ",") else {
            return nil
        }
        return value
    }

    private static let seqStart = "{\"conversation\":\"\",\"seq\":".utf8.count + 26
}

// MARK: Writing

extension ArchiveLine {
    private struct Encoder {
        let row: StoreRow
        var writer = JSONWriter()

        mutating func encode() throws(ArchiveError) {
            writer.beginObject()
            writer.field("conversation", try identifier(.conversation))
            writer.field("seq", try integer(.seq))
            writer.field("message_count", try integer(.messageCount))
            writer.field("message_id", try identifier(.messageID))
            writer.field("kind", try integer(.kind))
            writer.field("sender", try identifier(.sender))
            writer.field("device", try identifier(.device))
            if has(.recipient) { writer.field("recipient", try identifier(.recipient)) }
            writer.field("server_time", try integer(.serverTime))
            if has(.clientTime) { writer.field("client_time", try integer(.clientTime)) }
            try encodeContent()
            writer.key("origin")
            writer.beginArray()
            for column: Column in [.originTopic, .originPartition, .originOffset, .originIndex] {
                writer.value(try integer(column))
            }
            writer.endArray()
            if has(.details) { writer.field("details", base64(try bytes(.details))) }
            writer.endObject()
        }

        private mutating func encodeContent() throws(ArchiveError) {
            let content = try bytes(.content)
            if content.isEmpty { return }
            if let text = MessageContent.text(in: content[...]),
                MessageContent.encodedText(text).elementsEqual(content),
                let characters = String(validating: text, as: UTF8.self)
            {
                writer.field("text", characters)
            } else {
                writer.field("content", base64(content))
            }
        }

        private func has(_ column: Column) -> Bool { row.values[column.rawValue] != .null }

        private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

        private func integer(_ column: Column) throws(ArchiveError) -> Int64 {
            guard case .integer(let number) = row.values[column.rawValue] else {
                throw unlike(column)
            }
            return number
        }

        private func bytes(_ column: Column) throws(ArchiveError) -> [UInt8] {
            guard case .bytes(let bytes) = row.values[column.rawValue] else {
                throw unlike(column)
            }
            return bytes
        }

        private func identifier(_ column: Column) throws(ArchiveError) -> String {
            guard let identifier = Identifier<StoreRow>(bytes: try bytes(column)) else {
                throw unlike(column)
            }
            return identifier.description
        }

        private func unlike(_ column: Column) -> ArchiveError {
            ArchiveError(
                .invalidRows,
                "\(row.keyDescription): \(column) is not what events have there"
            )
        }
    }
}

// MARK: Reading

extension ArchiveLine {
    private struct Decoder {
        private var values = [StoreValue](repeating: .null, count: Column.allCases.count)

        mutating func take(
            _ name: String,
            _ scanner: inout JSONScanner
        ) throws(ArchiveError) {
            switch name {
            case "conversation": try set(.conversation, try identifier(&scanner))
            case "seq": try set(.seq, .integer(try scanner.integer()))
            case "message_count": try set(.messageCount, .integer(try scanner.integer()))
            case "message_id": try set(.messageID, try identifier(&scanner))
            case "kind": try set(.kind, .integer(try scanner.integer()))
            case "sender": try set(.sender, try identifier(&scanner))
            case "device": try set(.device, try identifier(&scanner))
            case "recipient": try set(.recipient, try identifier(&scanner))
            case "server_time": try set(.serverTime, .integer(try scanner.integer()))
            case "client_time": try set(.clientTime, .integer(try scanner.integer()))
            case "text":
                let text = Array(try scanner.string().utf8)
                try set(.content, .bytes(Array(MessageContent.encodedText(text))))
            case "content": try set(.content, try bytes(&scanner))
            case "origin": try takeOrigin(&scanner)
            case "details": try set(.details, try bytes(&scanner))
            default: try scanner.skip()
            }
        }

        /// The row, if nothing is missing.
        consuming func row() throws(ArchiveError) -> StoreRow {
            if values[Column.content.rawValue] == .null {
                values[Column.content.rawValue] = .bytes([])
            }
            for column in Column.allCases
            where !column.isOptional && values[column.rawValue] == .null {
                throw ArchiveError(.corrupt, "a line without \(column)")
            }
            return StoreRow(table: .events, values: values)
        }

        private mutating func set(
            _ column: Column,
            _ value: StoreValue
        ) throws(ArchiveError) {
            guard values[column.rawValue] == .null else {
                throw ArchiveError(.corrupt, "a line with two of \(column)")
            }
            values[column.rawValue] = value
        }

        private mutating func takeOrigin(_ scanner: inout JSONScanner) throws(ArchiveError) {
            var next = Column.originTopic.rawValue
            try scanner.array { scanner throws(ArchiveError) in
                let number = try scanner.integer()
                guard let column = Column(rawValue: next), column != .details else {
                    throw ArchiveError(.corrupt, "an origin of more than four numbers")
                }
                try set(column, .integer(number))
                next += 1
            }
        }

        private func identifier(_ scanner: inout JSONScanner) throws(ArchiveError) -> StoreValue {
            guard let identifier = Identifier<StoreRow>(utf8: try scanner.plainString()) else {
                throw ArchiveError(.corrupt, "an identifier is 26 base32 characters")
            }
            return .bytes(identifier.bytes)
        }

        private func bytes(_ scanner: inout JSONScanner) throws(ArchiveError) -> StoreValue {
            guard let data = Data(base64Encoded: try scanner.string()) else {
                throw ArchiveError(.corrupt, "bytes that are not base64")
            }
            return .bytes(Array(data))
        }
    }
}
