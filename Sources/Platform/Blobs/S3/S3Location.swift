/// Where blobs lie on an S3 server, such as `s3://BUCKET/PREFIX?endpoint=http://127.0.0.1:5000&region=us-east-1&style=path`.
public struct S3Location: Hashable, Sendable, CustomStringConvertible {
    /// Where a request says which bucket it means.
    public enum Style: String, Hashable, Sendable {
        /// In the path: `https://HOST/BUCKET/KEY`.
        case path
        /// In the host's name: `https://BUCKET.HOST/KEY`.
        case virtual
    }

    /// The longest prefix, in bytes: with any key it stays below the 1,024 bytes that S3 allows.
    static let prefixBytesMax = 500

    /// The bucket.
    public let bucket: String
    /// What the keys of all objects begin with, followed by a `/`; may be empty.
    public let prefix: String
    /// `http` or `https`.
    public let scheme: String
    /// The server's name or address, with a port if it is not the scheme's own; without the bucket.
    public let authority: String
    /// The server's region, part of every signature.
    public let region: String
    /// Where requests name the bucket.
    public let style: Style

    /// Reads the text of a location.
    ///
    /// `region` is `us-east-1` unless given. With an `endpoint` the style is `path` unless given. Without one the server is
    /// `https://s3.REGION.amazonaws.com` and the style is `virtual`.
    ///
    /// - Throws: `invalid`, with what is wrong.
    public init(_ text: String) throws(BlobError) {
        guard text.hasPrefix("s3://") else { throw Self.wrong("it begins with s3://") }
        let parts = text.dropFirst("s3://".count)
            .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = String(names[0])
        guard Self.isBucket(bucket) else { throw Self.wrong("there must be a bucket's name") }
        var prefix = names.count > 1 ? String(names[1]) : ""
        if prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.isEmpty || (try? BlobKey(prefix)) != nil,
            prefix.utf8.count <= Self.prefixBytesMax
        else { throw Self.wrong("the prefix must be such as a key is, and not so long") }
        self.prefix = prefix
        let settings = try S3LocationSettings(parts.count > 1 ? parts[1] : "")
        region = settings.region ?? "us-east-1"
        if let endpoint = settings.endpoint {
            (scheme, authority) = endpoint
            style = settings.style ?? .path
        } else {
            (scheme, authority) = ("https", "s3.\(region).amazonaws.com")
            style = settings.style ?? .virtual
        }
        guard style == .path || scheme == "http" || !bucket.contains(".") else {
            throw Self.wrong("a bucket with a dot in its name has no certificate: use style=path")
        }
    }

    /// The location as it is written, all settings included.
    public var description: String {
        let place = prefix.isEmpty ? bucket : "\(bucket)/\(prefix)"
        return "s3://\(place)?endpoint=\(scheme)://\(authority)&region=\(region)"
            + "&style=\(style.rawValue)"
    }

    /// The `Host` of a request.
    var host: String { style == .virtual ? "\(bucket).\(authority)" : authority }

    /// The path of an object, or of the bucket itself.
    func path(object: String? = nil) -> String {
        let base = style == .virtual ? "" : "/\(bucket)"
        return object.map { "\(base)/\($0)" } ?? (base.isEmpty ? "/" : base)
    }

    /// The name of the object that holds a blob, or what the names begin with.
    func object(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix)/\(key)" }

    static func wrong(_ what: String) -> BlobError {
        BlobError(.invalid, "not a place of blobs: \(what)")
    }

    private static func isBucket(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count) && !name.contains("..")
            && !name.hasPrefix(".") && !name.hasSuffix(".")
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
    }
}
