import Logging
import Testing

@testable import Cache

@Suite struct CacheURLTests {
    @Test func aMemoryCacheHasASizeInMebibytes() throws {
        #expect(try CacheURL("memory:").kind == .memory(bytesMax: 64 << 20))
        #expect(try CacheURL("memory:1").kind == .memory(bytesMax: 1 << 20))
        #expect(try CacheURL("MEMORY:65536").kind == .memory(bytesMax: 65_536 << 20))
        #expect(try CacheURL("memory:").description == "memory:64")
    }

    @Test(arguments: [
        ("redis://localhost", RedisAddress(host: "localhost")),
        ("redis://localhost/", RedisAddress(host: "localhost")),
        ("redis://10.0.0.7:7000/3", RedisAddress(host: "10.0.0.7", port: 7000, database: 3)),
        ("redis://[::1]:7000/3", RedisAddress(host: "::1", port: 7000, database: 3)),
        ("redis://[fe80::1]", RedisAddress(host: "fe80::1")),
        (
            "redis://:secret@redis-1.example",
            RedisAddress(host: "redis-1.example", password: "secret")
        ),
        (
            "redis://ada:secret@h/1",
            RedisAddress(host: "h", user: "ada", password: "secret", database: 1)
        ),
        ("redis://a%3Ab:p%40%2F%3A%25@h", RedisAddress(host: "h", user: "a:b", password: "p@/:%")),
        ("redis://:a:b@c@h", RedisAddress(host: "h", password: "a:b@c")),
    ])
    func aRedisURLSaysWhereAndWho(text: String, address: RedisAddress) throws {
        #expect(try CacheURL(text).kind == .redis(address))
    }

    @Test(arguments: [
        "", "memory", "memory:0", "memory:-1", "memory:+1", "memory:65537", "memory:1e3",
        "memory:٣",
        "memory: 1", "memory:99999999999999999999", "redis:", "redis:h", "redis:/h", "redis://",
        "redis://:6379", "redis://h:", "redis://h:0", "redis://h:65536", "redis://h:port",
        "redis://h:+1", "redis://h:1:2", "redis://h/x", "redis://h/-1", "redis://h/1/2",
        "redis://h/2147483648", "redis://hunter2@h", "redis://:@h", "redis://u:@h",
        "redis://:hunter%ZZ2@h", "redis://:hunter2@", "redis://:hunter/2@h", "redis://:hunter2#@h",
        "redis://:hunter2@h?db=1", "redis://::1", "redis://[::1", "redis://[]", "redis://[h]",
        "redis://[::1]x", "redis://h h", "redis://h%00", "redis://hé", "http://h", "hunter2",
    ])
    func whatIsNoURLOfACacheIsRefusedAndNotRepeated(text: String) {
        let error = #expect(throws: CacheError.self) { try CacheURL(text) }
        #expect(error?.code == .invalidURL)
        #expect(error?.description.contains("hunter") == false)
    }

    @Test func tlsIsRefusedWithItsReason() {
        let error = #expect(throws: CacheError.self) { try CacheURL("rediss://:hunter2@h:6380/0") }
        #expect(error?.code == .unsupported)
        #expect(error?.description.contains("TLS") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func aPasswordIsNeverShown() throws {
        let url = try CacheURL("redis://ada:hunter2@[::1]:7000/3")
        let texts = [
            "\(url)", String(reflecting: url), "\([url])", "\(url.kind)",
            String(describing: Optional(url)),
        ]
        for text in texts {
            #expect(!text.contains("hunter2") && text.contains("ada@[::1]:7000/3"), "\(text)")
        }
    }

    @Test func aPrefixHasABoundAndIsNotEmpty() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let url = try CacheURL("redis://127.0.0.1:1")
        for prefix in ["", String(repeating: "x", count: CacheLimits.prefixBytesMax + 1)] {
            let error = #expect(throws: CacheError.self) {
                try url.makeCache(prefix: prefix, logger: logger)
            }
            #expect(error?.code == .invalidPrefix)
        }
        #expect(try url.makeCache(prefix: "p", logger: logger) is RedisCache)
        #expect(try CacheURL("memory:1").makeCache(prefix: "p", logger: logger) is MemoryCache)
    }
}
