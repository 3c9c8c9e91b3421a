public import Postgres

/// A schema of a PostgreSQL database, with the store's tables in it.
public struct PostgresPlace: Hashable, Sendable, CustomStringConvertible {
    /// The schema unless another is named.
    public static let schemaDefault = "martlet"

    /// The database; every connection looks in the schema alone.
    public let url: PostgresURL
    /// The schema.
    public let schema: String

    /// Reads `postgresql://…/database?schema=NAME&…`; everything but `schema` is for libpq, and `options` may set anything but `search_path`.
    ///
    /// - Throws: `StoreError` with code `invalidLocation`, which quotes nothing of the text.
    public init(_ text: String) throws(StoreError) {
        var base = text
        var options: [Substring] = []
        var schema = Self.schemaDefault
        // What is set for the session; a URL's last `options` would take the place of those before.
        var settings: [Substring] = []
        if let mark = text.firstIndex(of: "?") {
            base = String(text[..<mark])
            for option in text[text.index(after: mark)...].split(separator: "&") {
                if option.hasPrefix("schema=") {
                    schema = String(option.dropFirst("schema=".count))
                } else if option.hasPrefix("options=") {
                    settings.append(option.dropFirst("options=".count))
                } else {
                    options.append(option)
                }
            }
        }
        guard Self.isName(schema) else {
            throw StoreError(
                .invalidLocation,
                "a schema's name is up to 48 lower-case letters, digits and underscores"
            )
        }
        self.schema = schema
        settings.append("-csearch_path%3D\(schema)")
        options.append("options=\(settings.joined(separator: "%20"))")
        do {
            url = try PostgresURL(base + "?" + options.joined(separator: "&"))
        } catch {
            throw StoreError(.invalidLocation, error.message)
        }
    }

    /// The database without a password, and the schema.
    public var description: String { "\(url), schema \(schema)" }

    /// Whether it can stand in a statement as it is, with something added.
    private static func isName(_ text: String) -> Bool {
        (1...48).contains(text.utf8.count) && text.first?.isNumber == false
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Names the lock that the one process holds which writes the store.
    var lockKey: Int64 {
        // FNV-1a, 64 bits: the same in every version and process.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "martlet.store.\(schema)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return Int64(bitPattern: hash)
    }
}

extension StoreError {
    /// Runs `body`; what PostgreSQL throws becomes a `StoreError`.
    static func wrappingPostgres<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as PostgresError {
            throw StoreError(code(of: error), error.description)
        } catch {
            throw StoreError(.database, "\(type(of: error))")
        }
    }

    private static func code(of error: PostgresError) -> Code {
        // No such table, no such schema.
        if ["42P01", "3F000"].contains(error.sqlState) { return .missing }
        return switch error.code {
        case .commitUnknown: .commitUnknown
        case .closed: .unavailable
        default: error.isRetriable ? .unavailable : .database
        }
    }
}
