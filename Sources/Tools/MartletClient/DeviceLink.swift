public import Events

/// What makes another device one of the account's, once and for some minutes.
public struct DeviceLink: Sendable, Hashable {
    /// Who has it may sign a device in: a secret.
    public var token: String
    /// From then on it is of no use.
    public var expiresAt: Timestamp

    /// A link of its parts.
    public init(token: String, expiresAt: Timestamp) {
        self.token = token
        self.expiresAt = expiresAt
    }
}

extension DeviceLink {
    /// Reads the link that comes next; `nil`: without a token.
    init?(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        var token: String?
        var end: Timestamp?
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "link_token" {
                token = try reader.string()
            } else if key == "expires_at" {
                end = try reader.timestamp()
            } else {
                try reader.skipValue()
            }
        }
        guard let token, !token.isEmpty else { return nil }
        self.init(token: token, expiresAt: end ?? Timestamp(milliseconds: 0))
    }
}
