public import Events
import SwiftProtobuf

/// What a message says, within the limits.
public enum MessageContent: Equatable, Sendable {
    /// A text.
    case text(MessageText)
    /// Media, a place, a contact card or a voice note.
    case other
    /// A poll with so many options.
    case poll(options: UInt32, isMultiple: Bool)
    /// A live location that moves until then.
    case liveLocation(endsAt: Timestamp)

    /// Why bytes are not a message's content.
    public enum Fault: Error, Equatable, Sendable {
        /// Nothing, or something beyond the limits.
        case invalid
        /// More text than the limits allow.
        case tooLong
        /// Of a later version.
        case unknown
    }

    /// Checks an encoded `Content` against the limits.
    ///
    /// Texts, which nearly all are, are read in place.
    public init(checking bytes: ArraySlice<UInt8>) throws(Fault) {
        guard bytes.count <= Self.bytesMax else { throw .tooLong }
        if let text = Self.text(in: bytes) {
            do throws(MessageText.Fault) {
                self = .text(try MessageText(text))
            } catch {
                throw error == .tooLong ? .tooLong : .invalid
            }
            return
        }
        guard let content = try? PBContent(serializedBytes: Array(bytes)) else { throw .invalid }
        self = try Self.checked(content)
    }

    /// An encoded `Content` of any kind, in bytes: the longest text with two tags and lengths.
    private static let bytesMax = Limits.messageBytesMax + 8

    /// The text in an encoded `Content` that is one and nothing else; `nil` otherwise, and if it is damaged.
    ///
    /// What is there twice, or is not known, is left to the generated decoder, so that every reader sees the same.
    public static func text(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        do throws(ProtobufReader.Fault) {
            guard let inner = try onlyField(of: bytes) else { return nil }
            return inner.isEmpty ? [] : try onlyField(of: inner)
        } catch {
            return nil
        }
    }

    /// The value of field 1, if a message has no other field and that once.
    private static func onlyField(
        of message: ArraySlice<UInt8>
    ) throws(ProtobufReader.Fault) -> ArraySlice<UInt8>? {
        var reader = ProtobufReader(message)
        guard let tag = try reader.next(), tag.field == 1 else { return nil }
        let value = try reader.slice(tag)
        return try reader.next() == nil ? value : nil
    }

    /// An encoded `Content` that is a text.
    public static func encodedText(_ text: some Collection<UInt8>) -> ArraySlice<UInt8> {
        let inner = text.isEmpty ? 0 : ProtobufSize.slice(1, count: text.count)
        var writer = ProtobufWriter(capacity: ProtobufSize.slice(1, count: inner))
        writer.header(1, count: inner)
        if !text.isEmpty { writer.slice(1, ArraySlice(text)) }
        return writer.bytes[...]
    }

    /// What later actions need to know of it.
    public var form: PostedMessage.Form {
        switch self {
        case .text: .text
        case .other: .other
        case .poll(let options, let isMultiple): .poll(options: options, isMultiple: isMultiple)
        case .liveLocation(let end): .liveLocation(endsAt: end)
        }
    }

    private static func checked(_ content: PBContent) throws(Fault) -> MessageContent {
        switch content.content {
        case nil: throw .unknown
        case .text(let text): return .text(try checked(text.text))
        case .media(let media):
            try require(isName(media.mediaID) && isName(media.mimeType))
            try require(media.caption.unicodeScalars.count <= Limits.captionCharactersMax)
            try require(media.fileName.unicodeScalars.count <= Limits.fileNameCharactersMax)
            return .other
        case .location(let location):
            try require(isPlace(location))
            return .other
        case .liveLocation(let live):
            try require(isPlace(live.start) && live.endsAtMs > 0)
            return .liveLocation(endsAt: Timestamp(milliseconds: live.endsAtMs))
        case .contact(let card):
            try require(isName(card.name))
            try require((1...8).contains(card.addresses.count) && card.addresses.allSatisfy(isName))
            return .other
        case .voiceNote(let note):
            try require(isName(note.mediaID) && note.durationMs > 0)
            return .other
        case .poll(let poll):
            let question = poll.question.unicodeScalars.count
            try require((1...Limits.pollQuestionCharactersMax).contains(question))
            try require((2...Limits.pollOptionsMax).contains(poll.options.count))
            try require(poll.options.allSatisfy(isName))
            return .poll(options: UInt32(poll.options.count), isMultiple: poll.multiple)
        }
    }

    private static func checked(_ text: String) throws(Fault) -> MessageText {
        do throws(MessageText.Fault) {
            return try MessageText(Array(text.utf8)[...])
        } catch {
            throw error == .tooLong ? .tooLong : .invalid
        }
    }

    private static func require(_ condition: Bool) throws(Fault) {
        if !condition { throw .invalid }
    }

    private static func isName(_ text: String) -> Bool {
        (1...Limits.titleCharactersMax).contains(text.unicodeScalars.count)
    }

    private static func isPlace(_ location: PBLocation) -> Bool {
        (-900_000_000...900_000_000).contains(location.latitudeE7)
            && (-1_800_000_000...1_800_000_000).contains(location.longitudeE7)
            && location.name.unicodeScalars.count <= Limits.titleCharactersMax
    }

    /// Whether an encoded `Location` is one.
    static func isLocation(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count <= locationBytesMax else { return false }
        return (try? PBLocation(serializedBytes: Array(bytes))).map(isPlace) ?? false
    }

    /// An encoded `Location`, in bytes: two numbers and a name of scalars of four bytes, with their tags.
    private static let locationBytesMax = 4 * Limits.titleCharactersMax + 16
}
