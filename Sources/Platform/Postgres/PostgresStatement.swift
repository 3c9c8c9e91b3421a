import CPostgres

/// A statement with `$1`, `$2`, … in it, prepared on the server when it is first executed.
///
/// What is bound stays bound until it is bound anew. The types that parameters are prepared with are those that they are bound as. Belongs to
/// its connection and to whoever owns that.
public final class PostgresStatement {
    /// The statement's text.
    public let sql: String
    private let session: Session
    private var parameters: [Parameter] = []
    /// The types that the server knows `name` by.
    private var preparedTypes: [Oid] = []
    private var preparedGeneration = 0
    /// Its name on the server; `nil` while it is not prepared.
    private(set) var name: String?

    // Room for what libpq is called with.
    private var values: [UnsafePointer<CChar>?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ sql: String, _ session: Session) {
        self.sql = sql
        self.session = session
    }

    deinit {
        if let name { session.retire(name, generation: preparedGeneration) }
    }

    /// Executes the statement and waits for its result, and for all that was queued before it.
    ///
    /// - Throws: `PostgresError`, of a queued statement if one of those failed.
    public func rows() throws(PostgresError) -> PostgresRows {
        try session.result(of: self)
    }

    /// Executes the statement and waits for it, and for all that was queued before it.
    ///
    /// - Returns: how many rows it inserted, changed or deleted.
    /// - Throws: `PostgresError`, of a queued statement if one of those failed.
    @discardableResult
    public func run() throws(PostgresError) -> Int { try rows().changes }

    /// Queues an execution whose result nobody needs; within `PostgresConnection.transaction` alone.
    ///
    /// What is bound may be bound anew at once. Blocks only while the server is far behind.
    ///
    /// - Throws: `PostgresError` of a statement that was queued before, or of the connection. Its own error surfaces when the connection
    ///   next waits for the server, at the latest in the transaction's commit.
    public func enqueue() throws(PostgresError) { try session.enqueue(self) }

    /// The parameter at a place, counted from 1.
    func parameter(_ place: Int) -> Parameter {
        while parameters.count < place { parameters.append(Parameter()) }
        return parameters[place - 1]
    }

    /// Whether the server knows the statement with the types that are bound; a name that no longer fits is given up.
    func isPrepared() -> Bool {
        guard let name else { return false }
        if parameters.count == preparedTypes.count, preparedGeneration == session.generation {
            var fits = true
            for (place, parameter) in parameters.enumerated()
            where parameter.type != preparedTypes[place] {
                fits = false
            }
            if fits { return true }
        }
        session.retire(name, generation: preparedGeneration)
        self.name = nil
        return false
    }

    /// Has the server prepare it under a name.
    func sendPrepare(_ handle: OpaquePointer, name: String) -> Bool {
        preparedTypes = parameters.map(\.type)
        precondition(
            !preparedTypes.contains(PostgresType.unknown),
            "a parameter of a statement is not bound"
        )
        guard PQsendPrepare(handle, name, sql, Int32(parameters.count), preparedTypes) == 1 else {
            return false
        }
        self.name = name
        preparedGeneration = session.generation
        return true
    }

    /// The server could not prepare it under that name.
    func notPrepared(_ name: String) {
        if self.name == name { self.name = nil }
    }

    /// Sends an execution; libpq copies what is bound.
    ///
    /// - Returns: how many bytes that is, roughly; `nil` if the connection is broken.
    func sendExecution(_ handle: OpaquePointer) -> Int? {
        let count = parameters.count
        if values.count != count {
            values = Array(repeating: nil, count: count)
            lengths = Array(repeating: 0, count: count)
            formats = Array(repeating: 1, count: count)
        }
        var total = 64 + 8 * count
        for place in 0..<count {
            let parameter = parameters[place]
            let bytes = parameter.bytes
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            values[place] = parameter.isNull ? nil : UnsafePointer(start)
            lengths[place] = Int32(bytes.count)
            total += bytes.count
        }
        let name = name ?? ""
        let sent = PQsendQueryPrepared(handle, name, Int32(count), values, lengths, formats, 1)
        return sent == 1 ? total : nil
    }
}
