extension PostgresConnection {
    /// What a transaction is for.
    public enum TransactionKind: Sendable {
        /// Changing something, seeing what others have committed by the time of each statement.
        case write
        /// Reading, all of it as of one moment.
        case readSnapshot

        fileprivate var begin: String {
            switch self {
            case .write: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
            case .readSnapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            }
        }
    }

    /// Runs `body` in a transaction, which is rolled back if it throws; transactions don't nest.
    ///
    /// BEGIN travels with the first statement, queued statements travel together, and COMMIT waits for them all.
    ///
    /// - Throws: what `body` throws; `PostgresError` of a queued statement; `PostgresError.Code.commitUnknown` if the connection was lost
    ///   while the answer to COMMIT was awaited. With every other error nothing has happened.
    public func transaction<Value>(
        _ kind: TransactionKind,
        _ body: () throws -> Value
    ) throws -> Value {
        precondition(!session.isInTransaction, "transactions don't nest")
        session.isInTransaction = true
        defer { session.isInTransaction = false }
        let value: Value
        do {
            try statement(kind.begin).enqueue()
            value = try body()
            // A transaction that has failed already is not to be mistaken for one that failed to commit.
            try session.throwFailure()
        } catch {
            rollBack()
            throw error
        }
        try commit(kind)
        return value
    }

    private func commit(_ kind: TransactionKind) throws(PostgresError) {
        let tag: String
        do throws(PostgresError) {
            _ = try session.open()
            do throws(PostgresError) {
                tag = try statement("COMMIT").rows().tag
            } catch {
                guard session.isOpen || kind == .readSnapshot else {
                    throw PostgresError(
                        .commitUnknown,
                        "the connection was lost before the answer to COMMIT",
                        sqlState: error.sqlState
                    )
                }
                throw error
            }
        } catch {
            rollBack()
            throw error
        }
        // `body` kept an error to itself.
        guard tag == "COMMIT" else {
            let message = "a statement of the transaction had failed: it was rolled back"
            throw PostgresError(.statement, message, sqlState: "25P02")
        }
    }

    /// Rolls back, as well as it goes: a connection in an unknown state is closed, which rolls back too.
    private func rollBack() {
        guard session.isOpen else { return }
        try? session.synchronise()
        do throws(PostgresError) {
            try statement("ROLLBACK").run()
        } catch {
            close()
        }
    }
}
