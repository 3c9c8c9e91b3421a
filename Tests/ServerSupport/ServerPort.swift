import Foundation

/// A free loopback port, held against other test processes until it is given up.
///
/// It lies below the kernel's range for outgoing connections and beside the ports of `PipelineHarness`, so nobody takes it while
/// its server is down.
final class ServerPort: Sendable {
    let number: Int
    private let lock: Int32

    private static let candidates = 18_000..<19_000

    init() throws(ServerError) {
        for number in Self.candidates.shuffled() {
            let path = "\(NSTemporaryDirectory())martlet-port-\(number).lock"
            let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0, Self.isFree(number) {
                self.number = number
                self.lock = lock
                return
            }
            close(lock)
        }
        throw ServerError("no free port between 18000 and 19000")
    }

    deinit {
        close(lock)
    }

    /// Whether something listens there.
    var answers: Bool {
        Self.withSocket(number) { connect($0, $1, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
    }

    private static func isFree(_ port: Int) -> Bool {
        withSocket(port) { bind($0, $1, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
    }

    private static func withSocket(
        _ port: Int,
        _ body: (Int32, UnsafePointer<sockaddr>) -> Bool
    ) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0) }
        }
    }
}
