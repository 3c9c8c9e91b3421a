extension PostgresStatement {
    /// Binds an `int8`.
    public func bind(_ place: Int, _ number: Int64?) {
        let parameter = parameter(place)
        guard let number else { return parameter.setNull(PostgresType.int8) }
        parameter.set(number, PostgresType.int8)
    }

    /// Binds a `bool`.
    public func bind(_ place: Int, bool value: Bool?) {
        let parameter = parameter(place)
        guard let value else { return parameter.setNull(PostgresType.bool) }
        parameter.set(UInt8(value ? 1 : 0), PostgresType.bool)
    }

    /// Binds a `bytea`; the bytes are copied.
    public func bind(_ place: Int, bytes: UnsafeRawBufferPointer) {
        parameter(place).set(bytes, PostgresType.bytea)
    }

    /// Binds a `bytea`.
    public func bind(_ place: Int, bytes: [UInt8]?) {
        guard let bytes else { return parameter(place).setNull(PostgresType.bytea) }
        bytes.withUnsafeBytes { bind(place, bytes: $0) }
    }

    /// Binds a `bytea`.
    public func bind(_ place: Int, bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { bind(place, bytes: $0) }
    }

    /// Binds a `text`.
    ///
    /// - Throws: `PostgresError.Code.invalidText` if it contains NUL, which PostgreSQL can't store: what comes from outside must be
    ///   cleaned before.
    public func bind(_ place: Int, text: String?) throws(PostgresError) {
        let parameter = parameter(place)
        guard let text else { return parameter.setNull(PostgresType.text) }
        let isBound = GrowingBytes.withBytes(of: text) { bytes in
            guard let bytes else { return false }
            parameter.set(bytes, PostgresType.text)
            return true
        }
        guard isBound else { throw .nul }
    }

    /// Binds an array without copying it; it must not be changed before the statement is executed.
    public func bind(_ place: Int, _ array: PostgresArray) { parameter(place).set(array) }

    /// Binds an `int8[]`.
    public func bind(_ place: Int, _ numbers: [Int64]) {
        let array = PostgresArray(.int8)
        for number in numbers { array.append(number) }
        bind(place, array)
    }

    /// Binds a `bytea[]`.
    public func bind(_ place: Int, _ blobs: [[UInt8]]) {
        let array = PostgresArray(.bytea)
        for blob in blobs { array.append(bytes: blob) }
        bind(place, array)
    }

    /// Binds a `text[]`.
    ///
    /// - Throws: `PostgresError.Code.invalidText` if one contains NUL.
    public func bind(_ place: Int, texts: [String]) throws(PostgresError) {
        let array = PostgresArray(.text)
        for text in texts { try array.append(text: text) }
        bind(place, array)
    }
}
