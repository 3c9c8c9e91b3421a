import Foundation

@testable import Stores

extension PostgresHotStore {
    /// Opens a store that was just closed: the server lets go of its lock when it gets to it.
    static func whenFree(_ place: PostgresPlace) throws -> PostgresHotStore {
        try onceFree { () throws(StoreError) in try PostgresHotStore(place) }
    }
}

/// Does what needs a lock, as soon as the server has noticed that its last holder is gone; the suite's time limit ends it.
func onceFree<Value>(_ body: () throws(StoreError) -> Value) throws -> Value {
    while true {
        do throws(StoreError) {
            return try body()
        } catch {
            guard error.code == .inUse else { throw error }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }
}
