import Foundation

/// What follows the `?` of an S3 location.
struct S3LocationSettings {
    private(set) var endpoint: (scheme: String, authority: String)?
    private(set) var region: String?
    private(set) var style: S3Location.Style?

    init(_ query: Substring) throws(BlobError) {
        var seen: Set<Substring> = []
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = String(parts[1]).removingPercentEncoding else {
                throw S3Location.wrong("a setting is NAME=VALUE")
            }
            guard seen.insert(parts[0]).inserted else {
                throw S3Location.wrong("a setting is given twice")
            }
            switch parts[0] {
            case "endpoint": endpoint = try Self.endpoint(value)
            case "region": region = try Self.region(value)
            case "style":
                guard let known = S3Location.Style(rawValue: value) else {
                    throw S3Location.wrong("style is path or virtual")
                }
                style = known
            // Whatever it is, it may be a secret.
            default:
                throw S3Location.wrong("its settings are endpoint, region and style")
            }
        }
    }

    private static func region(_ text: String) throws(BlobError) -> String {
        guard (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { throw S3Location.wrong("region is such as us-east-1") }
        return text
    }

    private static func endpoint(
        _ text: String
    ) throws(BlobError) -> (scheme: String, authority: String) {
        let wrong = S3Location.wrong("endpoint is http://HOST:PORT or https://HOST:PORT")
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            url.path.isEmpty || url.path == "/", url.query == nil, url.fragment == nil
        else { throw wrong }
        guard url.user == nil, url.password == nil else {
            throw S3Location.wrong("credentials belong into the environment")
        }
        let allowed: Set<UInt8> = Set("-.:[]".utf8)
        guard host.utf8.allSatisfy({ isAlphanumeric($0) || allowed.contains($0) }) else {
            throw wrong
        }
        // What clients put into `Host`: the port, unless it is the scheme's own.
        let port = url.port.flatMap { $0 == (scheme == "http" ? 80 : 443) ? nil : $0 }
        guard port.map({ (1...65_535).contains($0) }) ?? true else { throw wrong }
        return (scheme, host.lowercased() + (port.map { ":\($0)" } ?? ""))
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
