/// A page of a conversation's events.
public struct EventPage: Sendable, Equatable {
    /// The events, in the order that was asked for.
    public var events: [ServerEvent]
    /// How far one's own messages in this conversation came, if the page says it.
    public var ticks: TicksEvent?
    /// Where the next older page starts; `nil`: there is none.
    public var nextBeforeSeq: UInt64?
    /// Where the next newer page starts; `nil`: there is none.
    public var nextAfterSeq: UInt64?
    /// What of the page's part of the conversation cannot be read at the moment.
    public var missing: [MissingRange]

    /// A page of its parts.
    public init(
        events: [ServerEvent],
        ticks: TicksEvent? = nil,
        nextBeforeSeq: UInt64? = nil,
        nextAfterSeq: UInt64? = nil,
        missing: [MissingRange] = []
    ) {
        self.events = events
        self.ticks = ticks
        self.nextBeforeSeq = nextBeforeSeq
        self.nextAfterSeq = nextAfterSeq
        self.missing = missing
    }

    /// The messages among the events.
    public var messages: [MessageEvent] {
        events.compactMap { event in
            guard case .message(let message) = event else { return nil }
            return message
        }
    }
}

extension EventPage {
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var page = EventPage(events: [])
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "events" {
                try reader.array { (reader) throws(JSONReader.Malformed) in
                    page.events.append(try ServerEvent(tolerantly: &reader))
                }
            } else if key == "next_before_seq" {
                page.nextBeforeSeq = try reader.unsigned()
            } else if key == "next_after_seq" {
                page.nextAfterSeq = try reader.unsigned()
            } else if key == "missing", reader.peek() == UInt8(ascii: "[") {
                page.missing = try MissingRange.list(reading: &reader)
            } else if key == "ticks", reader.peek() == UInt8(ascii: "{") {
                if case .ticks(let ticks) = try ServerEvent(tolerantly: &reader) {
                    page.ticks = ticks
                }
            } else {
                try reader.skipValue()
            }
        }
        self = page
    }
}
