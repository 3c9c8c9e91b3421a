import Foundation

/// A port base whose ports are free, held against other test processes until `release()`.
///
/// The bases lie below the kernel's range for outgoing connections, so no connection takes one of the ports meanwhile.
final class PortRange: Sendable {
    /// The first port.
    let base: Int
    private let lock: Int32

    private static let bases = Array(stride(from: 20_000, to: 32_000, by: 100))
    /// What the services use, from the base on: see `ServiceName` and `martlet up`.
    private static let offsets = Array(0...3) + [10] + Array(20...28) + Array(40...59)

    init() throws(HarnessError) {
        for base in Self.bases.shuffled() {
            let path = "\(NSTemporaryDirectory())/martlet-ports-\(base).lock"
            let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0,
                Self.offsets.allSatisfy({ Self.isFree(base + $0) })
            {
                self.base = base
                self.lock = lock
                return
            }
            close(lock)
        }
        throw HarnessError("no free ports")
    }

    func release() { close(lock) }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_REUSEADDR,
            &yes,
            socklen_t(MemoryLayout<Int32>.size)
        )
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
