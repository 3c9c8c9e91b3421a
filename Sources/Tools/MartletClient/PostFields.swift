import Events

/// What a message may have besides its content, and what became of it.
struct PostFields {
    var replyTo: SubmissionID?
    var mentions: [AccountID] = []
    var isForwarded = false
    var expiresAt: Timestamp?
    var updates = MessageUpdates()

    /// Reads the value of a key; `false`: it is none of these.
    mutating func read(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "reply_to" {
            replyTo = try reader.identifier()
        } else if key == "mentions" {
            mentions =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.elements { (reader) throws(JSONReader.Malformed) -> AccountID? in
                        try reader.identifier()
                    }
                } ?? []
        } else if key == "forwarded" {
            isForwarded = try reader.bool() ?? false
        } else if key == "expires_at" {
            expiresAt = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try reader.timestamp()
            }
        } else {
            return try readUpdates(key, &reader)
        }
        return true
    }

    private mutating func readUpdates(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "edited_at" {
            updates.editedAt = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try reader.timestamp()
            }
        } else if key == "reactions" {
            updates.reactions =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.elements(Self.reaction)
                } ?? []
        } else if key == "my_reaction" {
            updates.ownReaction = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try reader.string()
            }
        } else if key == "votes" {
            updates.votes =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.elements { (reader) throws(JSONReader.Malformed) -> UInt64? in
                        try reader.unsigned()
                    }
                } ?? []
        } else if key == "my_votes" {
            updates.ownVotes =
                try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                    try reader.elements(ActionFields.option)
                } ?? []
        } else if key == "starred" {
            updates.isStarred = try reader.bool() ?? false
        } else {
            return false
        }
        return true
    }

    private static func reaction(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> MessageUpdates.Reaction? {
        var emoji: String?
        var count: UInt64 = 0
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "emoji" {
                emoji = try reader.string()
            } else if key == "count" {
                count = try reader.unsigned() ?? 0
            } else {
                try reader.skipValue()
            }
        }
        return emoji.map { MessageUpdates.Reaction(emoji: $0, count: count) }
    }
}
