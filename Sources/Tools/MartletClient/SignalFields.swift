import Events

/// What signal frames may have.
struct SignalFields {
    private var kind: String?
    private var activity: String?
    private var isOnline: Bool?
    private var lastSeen: Timestamp?

    /// Reads the value of a key; `false`: it is none of these.
    ///
    /// One of another shape than was thought is as if it were not there.
    mutating func read(
        _ key: UnsafeRawBufferPointer,
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> Bool {
        if key == "kind" {
            kind = try Self.word(&reader)
        } else if key == "activity" {
            activity = try Self.word(&reader)
        } else if key == "online" {
            isOnline = try reader.bool()
        } else if key == "last_seen" {
            lastSeen = try reader.tolerantly { (reader) throws(JSONReader.Malformed) in
                try reader.timestamp()
            }
        } else {
            return false
        }
        return true
    }

    private static func word(
        _ reader: inout JSONReader
    ) throws(JSONReader.Malformed) -> String? {
        try reader.tolerantly { (reader) throws(JSONReader.Malformed) in try reader.string() }
    }

    /// What is signalled; `nil`: of a kind that is not known, or without what its kind must have.
    func signal(_ conversation: ConversationID?, _ account: AccountID?) -> Signal? {
        guard let account else { return nil }
        switch kind {
        case "typing":
            guard let conversation, let activity = activity.flatMap(Activity.init(rawValue:))
            else { return nil }
            return .activity(conversation, account, activity)
        case "presence":
            return isOnline.map {
                .presence(account, $0 ? .online : .offline(lastSeen: lastSeen))
            }
        default:
            return nil
        }
    }
}
