/// What a client gets when it has proved who it is.
public struct TokenPair: Sendable {
    /// Names the device for 15 minutes.
    public let accessToken: String
    /// Gets new tokens; 90 days.
    public let refreshToken: String
    /// How long the access token is good for.
    public let expiresIn: Duration
}
