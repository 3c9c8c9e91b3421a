import Foundation

/// Tells before anything starts whether a port is free, so that the message can say what to do.
enum PortCheck {
    /// Whether a listener on this loopback port would succeed.
    static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        // As our servers do it, so that a connection in TIME_WAIT is no obstacle.
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
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0
    }

    /// What to tell about ports that are taken; `nil` if all are free.
    static func complaint(about instances: [ServiceInstance]) -> String? {
        let taken = instances.flatMap { instance in
            instance.ports.filter { !isFree($0) }.map { "\($0) (\(instance.name))" }
        }
        guard !taken.isEmpty else { return nil }
        let ports = taken.count == 1 ? "port \(taken[0]) is" : "ports \(list(taken)) are"
        return "\(ports) taken; stop what listens there, or choose others with --port-base"
    }

    private static func list(_ items: [String]) -> String {
        items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
    }
}
