import Foundation
import Stores

extension StoreLocation {
    /// The file; `nil`: it is a database server's.
    private var path: String? {
        if case .sqlite(let path) = self { return path }
        return nil
    }

    /// Another store of the same kind that a run can make for itself; `nil`: it can't.
    func beside(_ name: String) -> StoreLocation? {
        path.map { .sqlite(path: "\($0)-\(name)") }
    }

    /// Opens a store there in which nothing is.
    ///
    /// - Throws: `BenchFailure` if something is in it; `StoreError`.
    func openEmpty(for purpose: StorePurpose) throws -> any HotStore {
        let store = try open(for: purpose)
        guard try store.positions().isEmpty else {
            try store.close()
            throw BenchFailure("\(self) is not empty")
        }
        return store
    }

    /// Bytes of the file with its write-ahead log; `nil`: it is a database server's.
    var fileBytes: Int? {
        path.map { path in
            ["", "-wal"].reduce(0) { sum, suffix in
                let file = try? FileManager.default.attributesOfItem(atPath: path + suffix)
                return sum + ((file?[.size] as? Int) ?? 0)
            }
        }
    }
}
