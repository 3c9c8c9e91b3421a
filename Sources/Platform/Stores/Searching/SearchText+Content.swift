import Conversations
import Events
import SwiftProtobuf

extension SearchText {
    /// The words of a message's content: whatever of it a person reads.
    init(of content: ArraySlice<UInt8>) {
        if let text = MessageContent.text(in: content) {
            self.init(utf8: text)
        } else {
            self.init(Self.texts(in: content))
        }
    }

    private static func texts(in content: ArraySlice<UInt8>) -> [String] {
        switch (try? PBContent(serializedBytes: Array(content)))?.content {
        case .text(let text): [text.text]
        case .media(let media): [media.caption, media.fileName]
        case .location(let location): [location.name]
        case .liveLocation(let live): [live.start.name]
        case .contact(let card): [card.name] + card.addresses
        case .poll(let poll): [poll.question] + poll.options
        case .voiceNote, nil: []
        }
    }
}
