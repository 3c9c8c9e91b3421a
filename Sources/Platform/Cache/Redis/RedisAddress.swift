import Foundation

/// Where a Redis is, and who we are there.
public struct RedisAddress: Hashable, Sendable, CustomStringConvertible,
    CustomDebugStringConvertible
{
    /// The port where none is named.
    public static let portDefault = 6379

    /// The host's name or address; an IPv6 address has no brackets.
    public let host: String
    /// The port.
    public let port: Int
    /// The user, if it is not the default one.
    public let user: String?
    /// The password, if one is needed.
    public let password: String?
    /// The number of the database.
    public let database: Int

    /// An address of its parts.
    public init(
        host: String,
        port: Int = RedisAddress.portDefault,
        user: String? = nil,
        password: String? = nil,
        database: Int = 0
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads what follows `redis:`.
    init(afterScheme text: Substring) throws(CacheError) {
        guard text.hasPrefix("//") else { throw Self.error("it begins with redis://") }
        guard !text.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw Self.error("it has neither ? nor #; in a password write %3F and %23")
        }
        let parts = text.dropFirst(2).split(
            separator: "/",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let authority = parts[0]
        let path = parts.count > 1 ? parts[1] : ""
        let at = authority.lastIndex(of: "@")
        (user, password) = try Self.login(at.map { authority[..<$0] })
        (host, port) = try Self.place(
            at.map { authority[authority.index(after: $0)...] } ?? authority
        )
        guard path.isEmpty || path.allSatisfy({ ("0"..."9").contains($0) }),
            let number = path.isEmpty ? 0 : Int(path), number <= Int(Int32.max)
        else { throw Self.error("what follows the host is the number of a database") }
        database = number
    }

    /// The address as a URL, without the password.
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "redis://\(user.map { "\($0)@" } ?? "")\(name):\(port)/\(database)"
    }

    /// The address as a URL, without the password.
    public var debugDescription: String { description }

    private static func login(
        _ text: Substring?
    ) throws(CacheError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw Self.error("a user has a password, and one without a user is :PASSWORD@")
        }
        guard let user = parts[0].removingPercentEncoding,
            let password = parts[1].removingPercentEncoding, !password.isEmpty
        else { throw Self.error("user and password are percent-encoded, and none is empty") }
        return (user.isEmpty ? nil : user, password)
    }

    private static func place(_ text: Substring) throws(CacheError) -> (host: String, port: Int) {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw Self.error("a [ has no ]") }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard !host.isEmpty, host.allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else {
                throw Self.error("between [ and ] stands an IPv6 address")
            }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
            let isName = host.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0))
            }
            guard !host.isEmpty, isName else {
                throw Self.error("a host is a name or an address; escape / and @ in a password")
            }
        }
        guard !rest.isEmpty else { return (String(host), portDefault) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.allSatisfy({ ("0"..."9").contains($0) }),
            let port = Int(digits), (1...65_535).contains(port)
        else { throw Self.error("a port is a number, 1 to 65535") }
        return (String(host), port)
    }

    private static func error(_ what: String) -> CacheError {
        CacheError(.invalidURL, "redis://[USER][:PASSWORD@]HOST[:PORT][/DATABASE]: \(what)")
    }
}
