/// Every limit of the system that is not a matter of configuration (docs/DESIGN.md, "Limits").
public enum Limits {
    /// A message's text, in characters (extended grapheme clusters are not meant: Unicode scalars).
    public static let messageCharactersMax = 4096
    /// A message's text, in UTF-8 bytes.
    public static let messageBytesMax = 16 * 1024
    /// An account's or a device's name, in characters.
    public static let nameCharactersMax = 64
    /// The name of a group or a channel, of a place or a file, an option of a poll, in characters.
    public static let titleCharactersMax = 100
    /// The description of a group or a channel, in characters.
    public static let descriptionCharactersMax = 1024
    /// What is said beside a picture or a file, in characters.
    public static let captionCharactersMax = 1024
    /// The name of a file, in characters.
    public static let fileNameCharactersMax = 255
    /// A poll's question, in characters.
    public static let pollQuestionCharactersMax = 255
    /// Options of a poll.
    public static let pollOptionsMax = 12
    /// A reaction, in bytes of UTF-8.
    public static let reactionBytesMax = 32
    /// Accounts that one message addresses by name.
    public static let mentionsMax = 64
    /// Accounts that one request makes members.
    public static let membersPerRequestMax = 256
    /// Members of a group.
    public static let groupMembersMax = 10_000
    /// Followers of a channel.
    public static let channelMembersMax = 1_000_000
    /// Invites of a conversation that can be used at one time.
    public static let invitesMax = 100
    /// Accounts that wait to be let in.
    public static let joinRequestsMax = 1000
    /// Messages that are pinned at one time.
    public static let pinsMax = 10
    /// How long after it was written a message can be edited.
    public static let editAgeMax: Duration = .seconds(15 * 60)
    /// How long after it was written a message can be taken back.
    public static let deletionAgeMax: Duration = .seconds(2 * 24 * 60 * 60)
    /// How long something can be done to a message at all.
    public static let messageActionsMax: Duration = .seconds(400 * 24 * 60 * 60)
    /// How long a live location moves.
    public static let liveLocationMax: Duration = .seconds(8 * 60 * 60)
    /// How long messages of a conversation that lets them disappear stay, at most.
    public static let disappearAfterMax: Duration = .seconds(365 * 24 * 60 * 60)
    /// A WebSocket frame from a client, in bytes.
    public static let frameBytesMax = 64 * 1024
    /// An HTTP request's body, in bytes (media aside).
    public static let bodyBytesMax = 256 * 1024
    /// An HTTP request's header block, in bytes.
    public static let headerBytesMax = 16 * 1024
    /// Accounts whose presence one device watches.
    public static let watchedAccountsMax = 256
    /// Changes that an account makes about itself within ten minutes, at one gateway.
    public static let accountChangesMax = 600
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
