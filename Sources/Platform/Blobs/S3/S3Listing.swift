import NIOHTTP1

/// A listing of objects in the order of their names (`ListObjectsV2`), one request after the other.
struct S3Listing: Sendable {
    private static let pageMax = 1000
    /// S3 sends empty pages, but not for ever.
    private static let emptyPagesMax = 100

    private let location: S3Location
    private let prefix: String
    private let limit: Int
    private var last: String
    private var token: String?
    private var emptyPages = 0
    private var isAtEnd = false
    /// The blobs so far.
    private(set) var found: [BlobInfo] = []

    init(_ location: S3Location, prefix: String, after: BlobKey?, limit: Int) {
        self.location = location
        self.prefix = location.object(prefix)
        self.limit = max(0, min(limit, BlobLimits.listMax))
        last = after.map { location.object($0.description) } ?? ""
    }

    /// The next request, unless all is found.
    var next: S3Request? {
        guard !isAtEnd, found.count < limit else { return nil }
        var request = S3Request(method: .GET, path: location.path())
        request.query = [
            ("list-type", "2"), ("prefix", prefix),
            ("max-keys", String(min(limit - found.count, Self.pageMax))),
        ]
        if let token {
            request.query.append(("continuation-token", token))
        } else if !last.isEmpty {
            request.query.append(("start-after", last))
        }
        return request
    }

    /// Takes the answer to `next`.
    ///
    /// - Throws: `damaged` if names come twice, out of order, or without end.
    mutating func take(_ root: XMLElement) throws(S3Failure) {
        guard root.name == "ListBucketResult" else { throw damaged("is no listing") }
        let objects = root.all("Contents")
        for object in objects {
            guard let name = object["Key"]?.text,
                let size = object["Size"].flatMap({ Int64($0.text) }),
                size >= 0
            else { throw damaged("lacks a key or a size") }
            guard last.utf8.lexicographicallyPrecedes(name.utf8),
                name.utf8.starts(with: prefix.utf8)
            else { throw damaged("is not in the order of keys") }
            last = name
            let own = location.prefix.isEmpty ? 0 : location.prefix.utf8.count + 1
            guard let key = try? BlobKey(String(decoding: name.utf8.dropFirst(own), as: UTF8.self))
            else { continue }
            found.append(BlobInfo(key: key, size: size))
        }
        guard found.count <= limit else { throw damaged("is longer than asked for") }
        guard root["IsTruncated"]?.text == "true" else {
            isAtEnd = true
            return
        }
        emptyPages = objects.isEmpty ? emptyPages + 1 : 0
        guard let next = root["NextContinuationToken"]?.text, !next.isEmpty, next != token,
            emptyPages < Self.emptyPagesMax
        else { throw damaged("does not come to an end") }
        token = next
    }

    private func damaged(_ what: String) -> S3Failure {
        S3Failure(.damaged, "the S3 server's listing \(what)", isRepeated: true)
    }
}
