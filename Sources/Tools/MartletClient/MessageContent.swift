public import Events

/// What a message says.
public enum MessageContent: Sendable, Hashable {
    /// A text.
    case text(String)
    /// A file.
    case media(Media)
    /// A place.
    case location(Place)
    /// A place that moves until it ends.
    case liveLocation(Place, endsAt: Timestamp)
    /// Somebody's name and addresses.
    case contact(name: String, addresses: [String])
    /// Speech, by its media id.
    case voiceNote(mediaID: String, length: Duration)
    /// A question with answers to choose from.
    case poll(Poll)
    /// It was taken back for everyone.
    case deleted
    /// Its time was over.
    case expired
    /// One does not want to see it again.
    case hidden
    /// It says something else by now, which a later event tells.
    case edited
    /// Of a type that this client does not know.
    case unknown(type: String)

    /// A file that was uploaded before.
    public struct Media: Sendable, Hashable {
        /// Gets the file.
        public var mediaID: String
        /// Such as `image/jpeg`.
        public var mimeType: String
        /// What is said beside it; empty: nothing.
        public var caption: String
        /// What it was called; empty: not known.
        public var fileName: String

        /// A file of its parts.
        public init(mediaID: String, mimeType: String, caption: String = "", fileName: String = "")
        {
            self.mediaID = mediaID
            self.mimeType = mimeType
            self.caption = caption
            self.fileName = fileName
        }
    }
}
