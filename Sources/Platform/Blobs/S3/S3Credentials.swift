/// Who asks an S3 server; shown in no description.
public struct S3Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The name of the key.
    let accessKeyID: String
    /// The key.
    let secretAccessKey: String
    /// Comes with keys that end.
    let sessionToken: String?

    /// Credentials of their parts.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// The credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if there is one, `AWS_SESSION_TOKEN`.
    ///
    /// - Throws: `refused` if they are missing or can't be in a header.
    public init(environment: [String: String]) throws(BlobError) {
        func value(_ name: String) throws(BlobError) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            guard value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw BlobError(.refused, "\(name) has characters that no key has")
            }
            return value
        }
        guard let id = try value("AWS_ACCESS_KEY_ID"),
            let secret = try value("AWS_SECRET_ACCESS_KEY")
        else {
            throw BlobError(
                .refused,
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be in the environment"
            )
        }
        let token = try value("AWS_SESSION_TOKEN")
        self.init(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
    }

    /// Nothing of what they are.
    public var description: String { "S3Credentials" }
    /// Nothing of what they are.
    public var debugDescription: String { description }
    /// Nothing of what they are.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
