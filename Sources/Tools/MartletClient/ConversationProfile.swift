/// What a group or a channel is called and looks like, or a change of that: then what is `nil` stays as it is.
public struct ConversationProfile: Sendable, Hashable {
    /// 1 to 100 characters.
    public var name: String?
    /// At most 1,024 characters.
    public var description: String?
    /// A media id; empty: none.
    public var picture: String?

    /// A profile of its parts.
    public init(name: String? = nil, description: String? = nil, picture: String? = nil) {
        self.name = name
        self.description = description
        self.picture = picture
    }
}
