public import Events
public import Logging
import NIOHTTP1

/// Blobs as objects in a bucket of an S3 server.
///
/// Requests are signed with AWS Signature Version 4, payload included, and made again with back-off while that may help. What comes back is
/// checked: a half answer is never returned. Large blobs are put in parts, some at once. The credentials need the permissions `s3:GetObject`,
/// `s3:PutObject`, `s3:DeleteObject`, `s3:ListBucket`, `s3:AbortMultipartUpload` and `s3:ListBucketMultipartUploads`. Connections are
/// closed when nobody holds the store any more.
public final class S3BlobStore: BlobStore {
    /// The longest answer that is XML.
    static let xmlBytesMax: Int64 = 8 << 20

    /// Where the blobs are.
    public let location: S3Location
    let client: S3Client
    let settings: S3Settings
    let metrics: BlobMetrics

    /// A store that connects when it is used.
    public convenience init(
        location: S3Location,
        credentials: S3Credentials,
        clock: any WallClock,
        settings: S3Settings = S3Settings(),
        logger: Logger
    ) {
        self.init(
            location: location,
            credentials: credentials,
            clock: clock,
            settings: settings,
            logger: logger,
            pacing: .system
        )
    }

    init(
        location: S3Location,
        credentials: S3Credentials,
        clock: any WallClock,
        settings: S3Settings,
        logger: Logger,
        pacing: RetryPacing,
        addresses: [String: String] = [:]
    ) {
        self.location = location
        self.settings = settings
        metrics = BlobMetrics(store: "s3")
        client = S3Client(
            location: location,
            signature: SignatureV4(credentials: credentials, region: location.region),
            settings: settings,
            connections: S3Connections(settings, addresses: addresses),
            clock: clock,
            pacing: pacing,
            metrics: metrics,
            logger: logger
        )
    }

    /// Puts a blob: in one request, or in parts if it is large.
    public func put(_ source: BlobSource, at key: BlobKey) async throws(BlobError) {
        try await perform(.put) { () throws(BlobError) in
            let reader = try await BlockingWork.run { () throws(BlobError) in
                try SourceReader(source)
            }
            if reader.size > settings.singlePutBytesMax {
                try await putInParts(reader, at: key)
            } else {
                let bytes = try await BlockingWork.run { () throws(BlobError) in
                    try reader.read(0..<reader.size)
                }
                var request = request(.PUT, key)
                request.headers = [("content-md5", ContentMD5.value(of: bytes))]
                request.body = bytes
                try await client.send(request, for: .put, bytesMax: Self.xmlBytesMax) { _ in }
            }
            metrics.wrote(Int(reader.size))
        }
    }

    /// Reads a blob, or a range of its bytes, in one request.
    public func get(_ key: BlobKey, _ range: Range<Int64>?) async throws(BlobError) -> [UInt8] {
        try await perform(.get) { () throws(BlobError) in
            try BlobRange.check(range)
            // S3 knows no empty range.
            if let range, range.isEmpty {
                guard let size = try await size(of: key) else { throw S3Failure.noBlob }
                _ = try BlobRange.resolve(range, size: size)
                return []
            }
            var request = request(.GET, key)
            if let range {
                let value = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
                request.headers = [("range", value)]
            }
            let bytes = try await read(request, range)
            metrics.read(bytes.count)
            return bytes
        }
    }

    /// The size of a blob's object.
    public func info(_ key: BlobKey) async throws(BlobError) -> BlobInfo? {
        try await perform(.info) { () throws(BlobError) in
            try await size(of: key).map { BlobInfo(key: key, size: $0) }
        }
    }

    /// Removes a blob's object.
    public func remove(_ key: BlobKey) async throws(BlobError) {
        try await perform(.remove) { () throws(BlobError) in
            do throws(BlobError) {
                let request = request(.DELETE, key)
                try await client.send(request, for: .remove, bytesMax: Self.xmlBytesMax) { _ in }
            } catch {
                guard try await meansNoBlob(error) else { throw error }
            }
        }
    }

    /// The blobs whose keys begin with `prefix`; objects whose names are no keys are passed over.
    public func list(
        _ prefix: String,
        after key: BlobKey?,
        limit: Int
    ) async throws(BlobError) -> [BlobInfo] {
        try await perform(.list) { () throws(BlobError) in
            try BlobKey.check(prefix: prefix)
            var listing = S3Listing(location, prefix: prefix, after: key, limit: limit)
            while let request = listing.next {
                // A page is small enough to be made again when it comes malformed.
                listing = try await client.send(
                    request,
                    for: .list,
                    bytesMax: Self.xmlBytesMax
                ) { [listing] (answer) throws(S3Failure) in
                    var listing = listing
                    try listing.take(try answer.xml())
                    return listing
                }
            }
            return listing.found
        }
    }

    /// Aborts uploads in parts that were begun before `age` ago.
    @discardableResult
    public func removeLeftovers(olderThan age: Duration) async throws(BlobError) -> Int {
        try await perform(.sweep) { () throws(BlobError) in
            try await abortUploads(before: client.clock.now() - age)
        }
    }
}

extension S3BlobStore {
    /// A request about a blob's object.
    func request(_ method: HTTPMethod, _ key: BlobKey) -> S3Request {
        S3Request(
            method: method,
            path: location.path(object: location.object(key.description))
        )
    }

    /// Does what a caller asks for, and counts it; that something is missing, and nobody knows what, says nothing of any blob.
    private func perform<Value: Sendable>(
        _ operation: BlobMetrics.Operation,
        _ body: () async throws(BlobError) -> Value
    ) async throws(BlobError) -> Value {
        try await metrics.counting(operation) { () async throws(BlobError) -> Value in
            do throws(BlobError) {
                return try await body()
            } catch {
                guard error.code == .missing else { throw error }
                throw BlobError(.unavailable, error.message)
            }
        }
    }

    private func read(
        _ request: S3Request,
        _ range: Range<Int64>?
    ) async throws(BlobError) -> [UInt8] {
        do {
            return try await client.send(
                request,
                for: .get,
                bytesMax: range.map { $0.upperBound - $0.lowerBound } ?? BlobLimits.readBytesMax,
                tooLong: range == nil ? BlobRange.tooLong : S3Body.anotherRange
            ) { (answer) throws(S3Failure) in
                try S3Body.bytes(of: answer, range)
            }
        } catch {
            throw try await meansNoBlob(error) ? S3Failure.noBlob : error
        }
    }

    private func size(of key: BlobKey) async throws(BlobError) -> Int64? {
        do {
            return try await client.send(request(.HEAD, key), for: .info) {
                (answer) throws(S3Failure) in
                guard let size = answer.contentLength, size >= 0 else {
                    throw S3Failure(.damaged, "the S3 server names no size", isRepeated: true)
                }
                return size
            }
        } catch {
            guard try await !meansNoBlob(error) else { return nil }
            guard error.code == .missing else { throw error }
            throw BlobError(.invalid, "there is no such bucket")
        }
    }

    /// Whether an error says that it is the blob that is not there: as the server says, or as the bucket is there.
    ///
    /// The bucket is asked for each time: it may have vanished since, and then no archive must pass for lost.
    private func meansNoBlob(_ error: BlobError) async throws(BlobError) -> Bool {
        switch error.code {
        case .notFound: true
        case .missing: try await isBucketThere()
        default: false
        }
    }

    private func isBucketThere() async throws(BlobError) -> Bool {
        do {
            let request = S3Request(method: .HEAD, path: location.path())
            try await client.send(request, for: .info) { _ in }
            return true
        } catch {
            guard error.code == .missing else { throw error }
            return false
        }
    }
}
