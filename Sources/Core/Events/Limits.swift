/// Every limit of the system that is not a matter of configuration (docs/DESIGN.md, "Limits").
public enum Limits {
    /// A message's text, in characters (extended grapheme clusters are not meant: Unicode scalars).
    public static let messageCharactersMax = 4096
    /// A message's text, in UTF-8 bytes.
    public static let messageBytesMax = 16 * 1024
    /// An account's or a device's name, in characters.
    public static let nameCharactersMax = 64
    /// A WebSocket frame from a client, in bytes.
    public static let frameBytesMax = 64 * 1024
    /// An HTTP request's body, in bytes (media aside).
    public static let bodyBytesMax = 256 * 1024
    /// An HTTP request's header block, in bytes.
    public static let headerBytesMax = 16 * 1024
    /// Devices of one account.
    public static let devicesPerAccountMax = 8
    /// Open sockets of one account.
    public static let socketsPerAccountMax = 16
    /// Events sent to a device ahead of its acknowledgement.
    public static let inFlightEventsMax = 256
    /// Bytes waiting to be written to one socket.
    public static let sendQueueBytesMax = 1024 * 1024
    /// Events of a history page unless asked otherwise.
    public static let historyPageEvents = 30
    /// Events of a history page at most.
    public static let historyPageEventsMax = 100
    /// How far a submission id's time may lie ahead of the server's.
    public static let submissionAgeAheadMax: Duration = .seconds(24 * 60 * 60)
    /// How old a submission id may be: the retention of `submissions`.
    public static let submissionAgeMax: Duration = .seconds(14 * 24 * 60 * 60)
    /// Partitions of conversation-keyed and of account-keyed topics, unless configured.
    public static let partitionsDefault = 12
}
