/// How to reach the log.
public struct EventLogConfiguration: Sendable {
    /// `host:port`, comma-separated.
    public var brokers: String
    /// Shown in the broker's logs and metrics.
    public var clientID: String
    /// Further librdkafka properties, such as `security.protocol`; they override ours.
    public var properties: [String: String]

    /// A configuration of its parts.
    public init(brokers: String, clientID: String, properties: [String: String] = [:]) {
        self.brokers = brokers
        self.clientID = clientID
        self.properties = properties
    }
}
