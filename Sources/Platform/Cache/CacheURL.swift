public import Logging

/// Which cache to use, as configured: `memory:`, `memory:MEBIBYTES` or `redis://[USER][:PASSWORD@]HOST[:PORT][/DATABASE]`.
public struct CacheURL: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kinds of caches.
    public enum Kind: Hashable, Sendable {
        /// In this process, with so many bytes.
        case memory(bytesMax: Int)
        /// In a Redis.
        case redis(RedisAddress)
    }

    /// The largest memory cache that can be asked for.
    static let mebibytesMax = 65_536

    /// Which cache it is.
    public let kind: Kind

    /// Reads a URL.
    ///
    /// - Throws: `CacheError`, which repeats nothing of the URL.
    public init(_ text: String) throws(CacheError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw CacheError(.invalidURL, "a cache is memory: or redis://HOST")
        }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon].lowercased() {
        case "memory": kind = .memory(bytesMax: try Self.memory(rest))
        case "redis": kind = .redis(try RedisAddress(afterScheme: rest))
        case "rediss":
            throw CacheError(
                .unsupported,
                "rediss:// is Redis over TLS, which hiredis 0.14 can't do; use redis:// "
                    + "in a trusted network or through a tunnel"
            )
        default: throw CacheError(.invalidURL, "a cache is memory: or redis://HOST")
        }
    }

    /// Makes the cache; it need not be reachable.
    ///
    /// - Parameters:
    ///   - prefix: begins all keys in a Redis, so that installations can share it.
    ///   - logger: hears when the cache goes away and comes back.
    /// - Returns: the cache.
    /// - Throws: `CacheError` for a prefix that is empty or too long.
    public func makeCache(prefix: String, logger: Logger) throws(CacheError) -> any Cache {
        switch kind {
        case .memory(let bytesMax): return MemoryCache(bytesMax: bytesMax)
        case .redis(let address):
            return try RedisCache(address, options: .init(prefix: prefix), logger: logger)
        }
    }

    /// The URL without its password.
    public var description: String {
        switch kind {
        case .memory(let bytesMax): return "memory:\(bytesMax >> 20)"
        case .redis(let address): return address.description
        }
    }

    /// The URL without its password.
    public var debugDescription: String { description }

    private static func memory(_ size: Substring) throws(CacheError) -> Int {
        guard !size.isEmpty else { return CacheLimits.memoryBytesMax }
        guard size.allSatisfy({ ("0"..."9").contains($0) }), let mebibytes = Int(size),
            (1...mebibytesMax).contains(mebibytes)
        else {
            throw CacheError(
                .invalidURL,
                "the size of memory: is a number of mebibytes, 1 to \(mebibytesMax)"
            )
        }
        return mebibytes << 20
    }
}
