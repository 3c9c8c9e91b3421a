import Conversations
import Events
import Hummingbird
import Ingest
import Web

/// What can be done to a message.
extension ActionCall {
    func edit() throws(Problem) -> Proposal {
        let message = try message()
        let conversation = try conversationOfBody()
        let request = try MessageRequest(body)
        guard request.content == nil else {
            throw Problem(.invalidMessage, "only texts are edited")
        }
        return Proposal(
            conversation,
            .editMessage(message, content: try ContentJSON.text(request.message))
        )
    }

    func delete() throws(Problem) -> Proposal {
        let message = try message()
        guard ["everyone", nil].contains(query.get("for")) else {
            throw Problem(.invalidParameter, "for is everyone or me")
        }
        return Proposal(try conversationOfQuery(), .deleteMessage(message))
    }

    func react() throws(Problem) -> Proposal {
        let message = try message()
        let conversation = try conversationOfBody()
        let emoji = try body.string("emoji", or: .invalidReaction)
        guard let emoji, emoji.isEmpty || Self.isEmoji(emoji) else {
            throw Problem(.invalidReaction, "emoji is one emoji, or empty to take it back")
        }
        return Proposal(conversation, .react(message, emoji: emoji))
    }

    func pin(_ isPinned: Bool) throws(Problem) -> Proposal {
        let message = try message()
        return Proposal(try conversationOfQuery(), .pin(message, isPinned: isPinned))
    }

    func vote() throws(Problem) -> Proposal {
        let message = try message()
        let conversation = try conversationOfBody()
        guard let places = try body.array("options", or: .invalidReaction),
            places.count <= Limits.pollOptionsMax
        else { throw Self.invalidVote }
        var options: [UInt32] = []
        for place in places {
            guard case .integer(let number) = place, let option = UInt32(exactly: number),
                option < UInt32(Limits.pollOptionsMax), !options.contains(option)
            else { throw Self.invalidVote }
            options.append(option)
        }
        return Proposal(conversation, .vote(message, options: options))
    }

    func move() throws(Problem) -> Proposal {
        let message = try message()
        let conversation = try conversationOfBody()
        return Proposal(
            conversation,
            .moveLiveLocation(message, location: try ContentJSON.location(body))
        )
    }

    private static let invalidVote = Problem(
        .invalidReaction,
        "options are places of the poll's options, from 0, each once"
    )

    /// Whether a text is one emoji: one character to the eye, of which a part is an emoji that is more than a letter.
    private static func isEmoji(_ text: String) -> Bool {
        guard text.count == 1, text.utf8.count <= Limits.reactionBytesMax else { return false }
        return text.unicodeScalars.contains { scalar in
            // Digits, `#` and `*` are emoji only as keys of a telephone.
            scalar.properties.isEmoji && !scalar.isASCII || scalar.value == 0x20E3
        }
    }
}
