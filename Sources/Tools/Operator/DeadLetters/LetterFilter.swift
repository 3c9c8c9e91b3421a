import ArgumentParser
import Events
import LogTail

/// Which letters one wants.
struct LetterFilter: Sendable, Equatable {
    /// Only letters at these offsets of `dead-letters`; `nil`: at any.
    var offsets: Set<Offset>?
    /// Only letters about records of this topic.
    var topic: Topic?
    /// Only letters of this consumer.
    var consumer: String?
    /// Only letters with this cause.
    var code: String?

    /// Whether a letter is wanted.
    func admits(_ letter: FiledLetter) -> Bool {
        (offsets?.contains(letter.offset) ?? true)
            && (topic == nil || letter.topic == topic)
            && (consumer == nil || letter.letter.consumer == consumer)
            && (code == nil || letter.letter.code == code)
    }
}

/// The flags by which letters are chosen.
struct LetterFilterOptions: ParsableArguments {
    @Option(help: "Only letters about records of this topic")
    var topic: String?

    @Option(help: "Only letters of this consumer")
    var consumer: String?

    @Option(help: "Only letters with this cause, such as undecodable")
    var code: String?

    @Option(
        parsing: .unconditional,
        help: "Only letters from there on: an offset, -7d (ms, s, m, h, d) or a moment (ISO 8601)"
    )
    var since: String?

    func validate() throws {
        _ = try filter()
        _ = try place(now: Timestamp(milliseconds: 0))
    }

    /// Whether no flag was given.
    var isOpen: Bool { topic == nil && consumer == nil && code == nil && since == nil }

    func filter() throws -> LetterFilter {
        let topic = try self.topic.map { name in
            guard let topic = Topic(name: name) else {
                let known = Topic.all.map(\.name).joined(separator: ", ")
                throw ValidationError("There is no topic \(name). There are \(known).")
            }
            return topic
        }
        return LetterFilter(topic: topic, consumer: consumer, code: code)
    }

    /// Where in `dead-letters` to begin.
    func place(now: Timestamp) throws -> LogPlace {
        guard let since else { return .beginning }
        guard let place = LogPlace(since, now: now) else {
            throw ValidationError("--since \(since) is no place in the log.")
        }
        return place
    }
}
