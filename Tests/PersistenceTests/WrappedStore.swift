import Stores

/// A store around another, which does all that a test does not do itself.
protocol WrappedStore: SQLHotStore {
    var store: SQLiteHotStore { get }
}

extension WrappedStore {
    func write<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try store.write(body)
    }

    func read<Value>(_ body: (StoreConnection) throws -> Value) throws -> Value {
        try store.read(body)
    }

    func apply(_ batch: StoreBatch) throws -> StoreWriteReport { try store.apply(batch) }

    func snapshot() throws -> any HotStoreReader { try store.snapshot() }

    func close() throws { try store.close() }
}
