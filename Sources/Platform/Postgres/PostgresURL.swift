import CPostgres

/// Where a PostgreSQL database is and how to get in: `postgresql://user:password@host:port/database?sslmode=verify-full`.
///
/// Everything that libpq understands may stand in it, `sslrootcert` included; what is missing comes from libpq's environment variables and
/// password file. Of several hosts (`one:5432,two:5432`) the first one that answers is taken, and is of the kind that `target_session_attrs` wants;
/// each is given `connect_timeout`.
public struct PostgresURL: Hashable, Sendable, CustomStringConvertible {
    /// What is added unless the URL says otherwise: a server that is gone is noticed in seconds and not in hours.
    private static let defaults = [
        "connect_timeout": "5", "fallback_application_name": "martlet", "tcp_user_timeout": "30000",
        "keepalives": "1", "keepalives_idle": "30", "keepalives_interval": "10",
        "keepalives_count": "3",
    ]

    /// By libpq's keywords; contains the password.
    let parameters: [String: String]

    /// Reads a URL with libpq's own parser.
    ///
    /// - Throws: `PostgresError.Code.invalidURL`, which quotes nothing of the text.
    public init(_ text: String) throws(PostgresError) {
        let isURL = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
        guard isURL, !text.utf8.contains(0) else {
            throw PostgresError(.invalidURL, "a database's URL starts with postgresql://")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            // What libpq says may quote the password.
            PQfreemem(message)
            throw PostgresError(.invalidURL, "this postgresql:// URL can't be read")
        }
        defer { PQconninfoFree(options) }
        var parameters = Self.defaults.merging(Self.values(of: options)) { $1 }
        parameters["client_encoding"] = "UTF8"
        self.parameters = parameters
    }

    /// What libpq has put into its options, by keyword.
    static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                values[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return values
    }

    /// The database's name, if the URL names it.
    public var database: String? { parameters["dbname"] }

    /// So long may opening a connection to one host take; `nil` means for ever.
    var connectTimeout: Duration? {
        let seconds = parameters["connect_timeout"].flatMap(Int.init) ?? 0
        return seconds > 0 ? .seconds(seconds) : nil
    }

    /// The URL without a password, for logs and errors.
    public var description: String {
        let host = (parameters["host"] ?? parameters["hostaddr"] ?? "").split(separator: ",").map {
            $0.contains(":") ? "[\($0)]" : String($0)
        }
        let user = parameters["user"].map { "\($0)@" } ?? ""
        let port = parameters["port"].map { ":\($0)" } ?? ""
        let tls = parameters["sslmode"].map { "?sslmode=\($0)" } ?? ""
        return "postgresql://\(user)\(host.joined(separator: ","))\(port)/\(database ?? "")\(tls)"
    }
}
