import ServiceKit

/// What `martlet up` is to run, worked out from its flags before anything starts.
struct UpPlan: Sendable {
    /// What the flags say.
    struct Wishes: Sendable {
        var data = "./data"
        var config: String?
        var portBase: Int?
        var brokers: String?
        var services: Set<ServiceName>?
        var deliveries = 1
        var isQuiet = false
        var logLevel: String?

        /// Nothing in particular.
        init() {}

        /// What an installation is configured to be.
        ///
        /// The file is named: services look for one in the data folder, which the file itself may have named.
        init(_ settings: InstallationSettings) {
            data = settings.data
            config = settings.file.exists ? settings.file.path : nil
            portBase = settings.portBase
            brokers = settings.isLogEmbedded ? nil : settings.brokers
        }
    }

    /// A flag that makes no sense.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Delivery instances at most: their ports lie between N+40 and N+99.
    static let deliveriesMax = 30

    /// The processes, in the order in which they start.
    let instances: [ServiceInstance]
    /// The brokers that all of them use.
    let brokers: String
    /// Whether the brokers are not ours.
    let isExternalLog: Bool

    init(_ wishes: Wishes) throws(Refusal) {
        let base = wishes.portBase
        if let base, !InstallationSettings.portBases.contains(base) {
            throw Refusal(description: "--port-base must lie between 1 and 65400")
        }
        guard (1...Self.deliveriesMax).contains(wishes.deliveries) else {
            throw Refusal(
                description: "--deliveries must lie between 1 and \(Self.deliveriesMax)"
            )
        }
        var services = wishes.services ?? Set(ServiceName.allCases)
        if wishes.brokers != nil {
            guard wishes.services?.contains(.broker) != true else {
                throw Refusal(
                    description: "the log is at other brokers (--brokers, or as configured): "
                        + "leave `broker` out of --services"
                )
            }
            services.remove(.broker)
        }
        guard !services.isEmpty else { throw Refusal(description: "--services names none") }
        isExternalLog = wishes.brokers != nil
        let brokers = wishes.brokers ?? "127.0.0.1:\(ServiceName.broker.port(base: base) ?? 0)"
        self.brokers = brokers
        instances = ServiceName.allCases.filter(services.contains).flatMap { service in
            (1...(service == .delivery ? wishes.deliveries : 1)).map {
                Self.instance(of: service, number: $0, wishes, brokers)
            }
        }
    }

    private static func instance(
        of service: ServiceName,
        number: Int,
        _ wishes: Wishes,
        _ brokers: String
    ) -> ServiceInstance {
        var port = service.port(base: wishes.portBase)
        var adminPort = service.adminPort(base: wishes.portBase)
        if number > 1 {
            let first = (wishes.portBase ?? ServiceName.portBaseDefault) + 40 + 2 * (number - 2)
            port = first
            adminPort = first + 1
        }
        var arguments = ["--data", wishes.data, "--instance", "\(service)-\(number)"]
        func add(_ flag: String, _ value: (some CustomStringConvertible)?) {
            if let value { arguments += [flag, value.description] }
        }
        add("--config", wishes.config)
        add("--port-base", wishes.portBase)
        // Always said, so that no environment variable or file makes a service look elsewhere.
        if service != .broker { add("--brokers", brokers) }
        add("--port", port)
        add("--admin-port", adminPort)
        add("--log-level", wishes.isQuiet ? "warning" : wishes.logLevel)
        return ServiceInstance(
            name: number == 1 ? service.rawValue : "\(service)-\(number)",
            service: service,
            arguments: arguments,
            port: port,
            adminPort: adminPort
        )
    }

    /// The order in which to stop: who takes from clients first, then who reads the log, the log last.
    var stopStages: [[ServiceInstance]] {
        let order: [[ServiceName]] = [
            [.gateway], [.delivery], [.history], [.router, .receipts, .persistence, .push],
            [.broker],
        ]
        return order.map { stage in instances.filter { stage.contains($0.service) } }
            .filter { !$0.isEmpty }
    }
}
