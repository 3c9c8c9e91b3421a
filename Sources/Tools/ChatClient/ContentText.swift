import MartletClient

/// Words for what messages say.
enum ContentText {
    /// One line, or more if the text has more.
    static func line(_ content: MessageContent) -> String {
        switch content {
        case .text(let text): text
        case .media(let media): file(media)
        case .location(let place): "[place\(named(place))] \(place.latitude), \(place.longitude)"
        case .liveLocation(let place, _):
            "[live place\(named(place))] \(place.latitude), \(place.longitude)"
        case .contact(let name, let addresses):
            "[contact] \(name): \(addresses.joined(separator: ", "))"
        case .voiceNote(_, let length): "[voice note, \(length.components.seconds) s]"
        case .poll(let poll): poll.question
        case .deleted: "this message was deleted"
        case .expired: "this message has disappeared"
        case .hidden: "you deleted this message for yourself"
        case .edited: "…"
        case .unknown: "(a message that this client cannot show)"
        }
    }

    /// Whether there is nothing left to show but that.
    static func isGone(_ content: MessageContent) -> Bool {
        content == .deleted || content == .expired || content == .hidden
    }

    private static func file(_ media: MessageContent.Media) -> String {
        let name = media.fileName.isEmpty ? media.mimeType : media.fileName
        return media.caption.isEmpty ? "[file: \(name)]" : "[file: \(name)] \(media.caption)"
    }

    private static func named(_ place: Place) -> String {
        place.name.map { ": \($0)" } ?? ""
    }
}
