/// How patient a client of an S3 server is, and in what pieces it sends.
public struct S3Settings: Sendable {
    /// How long connecting may take.
    public var connectTimeout: Duration = .seconds(5)
    /// How long the server may be silent.
    public var idleTimeout: Duration = .seconds(15)
    /// How long one request may take.
    public var requestTimeout: Duration = .seconds(120)
    /// How long a request and its repetitions may take together.
    public var totalTimeout: Duration = .seconds(300)
    /// How often a request is repeated.
    public var retriesMax = 5
    /// The longest first wait before a repetition; each further one may be twice as long.
    public var backOffBase: Duration = .milliseconds(200)
    /// The longest wait before a repetition.
    public var backOffMax: Duration = .seconds(10)
    /// Larger blobs are put in parts.
    public var singlePutBytesMax: Int64 = 16 << 20
    /// The size of a part, which S3 wants to be 5 MiB at least; larger if there would be more than `partsMax`.
    public var partBytes: Int64 = 8 << 20
    /// How many parts of a blob are sent at once, and held in memory.
    public var partsAtOnce = 4

    /// How many parts S3 allows.
    static let partsMax: Int64 = 10_000

    /// The defaults.
    public init() {}
}
