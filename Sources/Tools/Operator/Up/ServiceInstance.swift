import ServiceKit

/// One process that `martlet up` runs.
struct ServiceInstance: Hashable, Sendable {
    /// What it is called here and in `pids.json`: `gateway`, `delivery`, `delivery-2`.
    let name: String
    /// Which service it is.
    let service: ServiceName
    /// What the executable is told.
    let arguments: [String]
    /// Where clients reach it; `nil` if it has no such port.
    let port: Int?
    /// Where its health is asked.
    let adminPort: Int

    /// All ports that must be free before it starts.
    var ports: [Int] { [port, adminPort].compactMap(\.self) }
}
