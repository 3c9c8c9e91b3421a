import Conversations
import Events
import SwiftProtobuf
public import Web

/// Reads contents of messages as clients write them, which is the way `EventJSON` shows them, into an encoded `Content`.
///
/// Whatever is wrong is a `Problem` with code `invalid_message`, or `message_too_long` for a text; the detail names the member.
public enum ContentJSON {
    /// A text that is not blank and within the limits.
    public static func text(_ text: String?) throws(Problem) -> ArraySlice<UInt8> {
        guard let text else { throw Problem(.invalidMessage, "message is missing") }
        let bytes = text.utf8.count
        guard bytes <= Limits.messageBytesMax,
            bytes <= Limits.messageCharactersMax
                || text.unicodeScalars.count <= Limits.messageCharactersMax
        else {
            throw Problem(
                .messageTooLong,
                "a message has at most 4,096 characters and 16 KiB of UTF-8"
            )
        }
        guard text.isMoreThanBlank else { throw Problem(.invalidMessage, "message is blank") }
        return MessageContent.encodedText(Array(text.utf8))
    }

    /// The place that `latitude` and `longitude`, in degrees, and perhaps `name` describe: an encoded `Location`.
    public static func location(_ object: JSONObject) throws(Problem) -> ArraySlice<UInt8> {
        try encoded(place(object))
    }

    /// A content of any type.
    static func encoded(
        _ content: JSONObject,
        at now: Timestamp
    ) throws(Problem) -> ArraySlice<UInt8> {
        var message = PBContent()
        switch try content.string("type", or: .invalidMessage) {
        case "text": return try text(content.string("text", or: .invalidMessage))
        case "media": message.media = try media(content)
        case "location": message.location = try place(inner(content))
        case "live_location": message.liveLocation = try livePlace(content, at: now)
        case "contact": message.contact = try card(content)
        case "voice_note": message.voiceNote = try note(content)
        case "poll": message.poll = try poll(content)
        default: throw Problem(.invalidMessage, "content is of a type that is not known")
        }
        let bytes = try encoded(message)
        do throws(MessageContent.Fault) {
            _ = try MessageContent(checking: bytes)
        } catch {
            throw Problem(.invalidMessage, "content is beyond the limits")
        }
        return bytes
    }

    // MARK: Types

    private static func media(_ content: JSONObject) throws(Problem) -> PBMedia {
        var media = PBMedia()
        media.mediaID = try name("media_id", content)
        media.mimeType = try name("mime_type", content)
        media.caption = try text("caption", content, 0...Limits.captionCharactersMax) ?? ""
        media.fileName = try text("file_name", content, 0...Limits.fileNameCharactersMax) ?? ""
        return media
    }

    private static func inner(_ content: JSONObject) throws(Problem) -> JSONObject {
        guard let inner = try content.object("location", or: .invalidMessage) else {
            throw Problem(.invalidMessage, "location is missing")
        }
        return inner
    }

    private static func place(_ object: JSONObject) throws(Problem) -> PBLocation {
        var location = PBLocation()
        location.latitudeE7 = try degrees("latitude", object, most: 90)
        location.longitudeE7 = try degrees("longitude", object, most: 180)
        location.name = try text("name", object, 0...Limits.titleCharactersMax) ?? ""
        return location
    }

    private static func livePlace(
        _ content: JSONObject,
        at now: Timestamp
    ) throws(Problem) -> PBLiveLocation {
        var live = PBLiveLocation()
        live.start = try place(inner(content))
        let end = try content.integer("ends_at", or: .invalidMessage)
        guard let end, end > now.milliseconds,
            end <= (now + Limits.liveLocationMax).milliseconds
        else {
            throw Problem(.invalidMessage, "ends_at is in milliseconds since 1970, within 8 hours")
        }
        live.endsAtMs = end
        return live
    }

    private static func card(_ content: JSONObject) throws(Problem) -> PBContactCard {
        var card = PBContactCard()
        card.name = try name("name", content)
        card.addresses = try names("addresses", content, 1...8)
        return card
    }

    private static func note(_ content: JSONObject) throws(Problem) -> PBVoiceNote {
        var note = PBVoiceNote()
        note.mediaID = try name("media_id", content)
        let duration = try content.integer("duration_ms", or: .invalidMessage)
        guard let duration, duration > 0, let milliseconds = UInt32(exactly: duration) else {
            throw Problem(.invalidMessage, "duration_ms is a whole number from 1")
        }
        note.durationMs = milliseconds
        return note
    }

    private static func poll(_ content: JSONObject) throws(Problem) -> PBPoll {
        var poll = PBPoll()
        let characters = 1...Limits.pollQuestionCharactersMax
        guard let question = try text("question", content, characters), question.isMoreThanBlank
        else { throw Problem(.invalidMessage, "question is missing or blank") }
        poll.question = question
        poll.options = try names("options", content, 2...Limits.pollOptionsMax)
        poll.multiple = try content.bool("multiple", or: .invalidMessage) ?? false
        return poll
    }

    // MARK: Members

    private static func text(
        _ name: String,
        _ object: JSONObject,
        _ characters: ClosedRange<Int>
    ) throws(Problem) -> String? {
        guard let text = try object.string(name, or: .invalidMessage) else { return nil }
        guard characters.contains(text.unicodeScalars.count) else {
            let most = characters.upperBound
            throw Problem(
                .invalidMessage,
                "\(name) has \(characters.lowerBound) to \(most) characters"
            )
        }
        return text
    }

    private static func name(_ name: String, _ object: JSONObject) throws(Problem) -> String {
        guard let text = try text(name, object, 1...Limits.titleCharactersMax),
            text.isMoreThanBlank
        else { throw Problem(.invalidMessage, "\(name) is missing or blank") }
        return text
    }

    private static func names(
        _ name: String,
        _ object: JSONObject,
        _ counts: ClosedRange<Int>
    ) throws(Problem) -> [String] {
        let texts = try object.strings(name, or: .invalidMessage) ?? []
        guard counts.contains(texts.count) else {
            throw Problem(
                .invalidMessage,
                "\(name) are \(counts.lowerBound) to \(counts.upperBound)"
            )
        }
        let lengths = 1...Limits.titleCharactersMax
        guard
            texts.allSatisfy({ lengths.contains($0.unicodeScalars.count) && $0.isMoreThanBlank })
        else { throw Problem(.invalidMessage, "\(name) have 1 to 100 characters each") }
        return texts
    }

    /// Degrees as ten millionths.
    private static func degrees(
        _ name: String,
        _ object: JSONObject,
        most: Double
    ) throws(Problem) -> Int32 {
        guard let degrees = try object.number(name, or: .invalidMessage),
            (-most...most).contains(degrees)
        else { throw Problem(.invalidMessage, "\(name) is in degrees, at most \(Int(most))") }
        return Int32((degrees * 10_000_000).rounded())
    }

    private static func encoded(
        _ message: some SwiftProtobuf.Message
    ) throws(Problem) -> ArraySlice<UInt8> {
        // Only required fields, of which proto3 has none, could make that fail.
        guard let bytes: [UInt8] = try? message.serializedBytes() else {
            throw Problem(.invalidMessage, "content can't be written")
        }
        return bytes[...]
    }
}
