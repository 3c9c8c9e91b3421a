import CPostgres

/// One parameter of a statement, in the form in which it is sent; its memory is used again.
final class Parameter {
    private(set) var type = PostgresType.unknown
    private(set) var isNull = true
    private var own = GrowingBytes()
    private var array: PostgresArray?

    /// What is sent; meaningless if NULL.
    var bytes: UnsafeRawBufferPointer { array?.bytes ?? own.bytes }

    func setNull(_ type: Oid) {
        self.type = type
        isNull = true
        array = nil
    }

    func set(_ array: PostgresArray) {
        type = array.type
        isNull = false
        self.array = array
    }

    func set<Number: FixedWidthInteger>(_ number: Number, _ type: Oid) {
        start(type)
        own.append(number)
    }

    func set(_ bytes: UnsafeRawBufferPointer, _ type: Oid) {
        start(type)
        own.append(bytes)
    }

    private func start(_ type: Oid) {
        self.type = type
        isNull = false
        array = nil
        own.removeAll()
    }
}
