import CPostgres

extension PostgresError {
    /// What a failed result says.
    ///
    /// Only the primary message is looked at: details, hints and contexts quote rows and parameters.
    init(result: OpaquePointer) {
        func field(_ name: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(name.value)).map { String(cString: $0) }
        }
        guard let state = field("C"), let message = field("M") else {
            self.init(.unavailable, "the connection to the server was lost")
            return
        }
        let safe = Self.withoutValues(message, sqlState: state)
        let isStale = state == "26000" || (state == "0A000" && message.hasPrefix("cached plan"))
        let isStandby = state == "0A000" && message.hasSuffix("read-write mode during recovery")
        let code: Code = isStale ? .conflict : isStandby ? .unavailable : Self.code(of: state)
        self.init(code, safe, sqlState: state)
    }

    /// Whether a prepared statement no longer fits its tables, or is gone: all are prepared anew when they are next used.
    var isStalePlan: Bool { code == .conflict && ["26000", "0A000"].contains(sqlState) }

    /// Why a connection that is not open yet could not be opened.
    ///
    /// - Parameter message: libpq's, with `PQERRORS_VERBOSE`, which is the only place where it tells the SQLSTATE.
    init(opening message: String) {
        let lines = message.split(whereSeparator: \.isNewline).filter { line in
            !["LOCATION", "DETAIL", "HINT", "\t"].contains { line.hasPrefix($0) }
        }
        let words = message.split(separator: ":").map { $0.drop { $0 == " " } }
        let state = words.last(where: Self.isSQLState).map(String.init)
        let code: Code
        if let state {
            code = Self.code(of: state) == .unavailable ? .unavailable : .serverRefused
        } else {
            let isRefusal = Self.refusals.contains { message.contains($0) }
            code = isRefusal ? .serverRefused : .unavailable
        }
        self.init(code, lines.joined(separator: "; "), sqlState: state)
    }

    /// What libpq says without a SQLSTATE when trying again can't help: TLS that is missing or not trusted, an unusable option.
    private static let refusals = [
        "does not support SSL", "SSL error", "certificate", "authentication", "password",
        "invalid ",
    ]

    private static func isSQLState(_ word: Substring) -> Bool {
        word.utf8.count == 5
            && word.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            }
            && word.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    static func code(of sqlState: String) -> Code {
        switch sqlState {
        case "08P01": .statement
        // A standby that was not promoted yet writes nothing (25006).
        case "57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "25006": .unavailable
        case "40001", "40P01": .conflict
        case "57014", "55P03": .cancelled
        case "3D000", "42501", "57P04": .serverRefused
        default:
            switch sqlState.prefix(2) {
            case "08", "53": .unavailable
            case "28": .serverRefused
            default: .statement
            }
        }
    }

    /// A server's primary message without what it may quote of a row, a parameter or a search.
    ///
    /// What constraints (class 23), names (42, but not syntax, which includes that of searches) and the server's condition are about
    /// stays: it is the schema's.
    static func withoutValues(_ message: String, sqlState: String) -> String {
        let isOfSchema = ["08", "23", "28", "3D", "42", "53", "57"].contains(sqlState.prefix(2))
        guard !isOfSchema || sqlState == "42601" else { return message }
        let end = message.firstIndex(of: ":") ?? message.endIndex
        let head = message[..<end]
        guard let first = head.firstIndex(of: "\""), let last = head.lastIndex(of: "\"") else {
            return String(head)
        }
        // From the first quotation mark to the last: the value may contain some itself.
        return "\(head[..<first])\"…\"\(first == last ? "" : head[head.index(after: last)...])"
    }
}
