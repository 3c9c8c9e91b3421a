public import Events

/// A page of what happened since a position, in all conversations of the account.
public struct SyncPage: Sendable, Equatable {
    /// The events, each with its conversation.
    public var events: [ServerEvent]
    /// Gets the next page, as `since`; `nil`: there is none.
    public var nextSince: InboxPosition?
    /// From there the device goes on over the socket once it has all pages; `nil`: the server did not say.
    public var position: InboxPosition?

    /// A page of its parts.
    public init(
        events: [ServerEvent],
        nextSince: InboxPosition? = nil,
        position: InboxPosition? = nil
    ) {
        self.events = events
        self.nextSince = nextSince
        self.position = position
    }
}

extension SyncPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init(events: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "events" {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    events.append(try ServerEvent(tolerantly: &reader))
                }
            } else if key == "next_since" {
                nextSince = try reader.position()
            } else if key == "position" {
                position = try reader.position()
            } else {
                try reader.skipValue()
            }
        }
    }
}
