import ServiceKit
import Testing

@testable import Operator

@Suite struct UpPlanTests {
    private func plan(_ change: (inout UpPlan.Wishes) -> Void = { _ in }) throws -> UpPlan {
        var wishes = UpPlan.Wishes()
        change(&wishes)
        return try UpPlan(wishes)
    }

    @Test func everyServiceRunsOnceAndTheLogComesFirst() throws {
        let instances = try plan().instances
        #expect(instances.map(\.service) == ServiceName.allCases)
        #expect(instances.first?.service == .broker)
        #expect(Set(instances.flatMap(\.ports)).count == instances.flatMap(\.ports).count)
    }

    @Test func aPortBaseMovesEveryPort() throws {
        let instances = try plan { $0.portBase = 9000 }.instances
        let ports = Dictionary(uniqueKeysWithValues: instances.map { ($0.name, $0.port) })
        #expect(ports["gateway"] == 9000)
        #expect(ports["history"] == 9001)
        #expect(ports["delivery"] == 9002)
        #expect(ports["broker"] == 9010)
        #expect(instances.map(\.adminPort) == Array(9020..<9028))
    }

    @Test func furtherDeliveriesGetPortsAndNamesOfTheirOwn() throws {
        let plan = try plan {
            $0.portBase = 9000
            $0.deliveries = 3
        }
        let deliveries = plan.instances.filter { $0.service == .delivery }
        #expect(deliveries.map(\.name) == ["delivery", "delivery-2", "delivery-3"])
        #expect(deliveries.map(\.port) == [9002, 9040, 9042])
        #expect(deliveries.map(\.adminPort).dropFirst() == [9041, 9043])
        #expect(deliveries[1].arguments.contains("delivery-2"))
        #expect(Set(plan.instances.flatMap(\.ports)).count == plan.instances.flatMap(\.ports).count)
    }

    @Test func withBrokersThereIsNoEmbeddedLog() throws {
        let plan = try plan { $0.brokers = "kafka-1:9092,kafka-2:9092" }
        #expect(plan.isExternalLog)
        #expect(!plan.instances.contains { $0.service == .broker })
        #expect(
            plan.instances.allSatisfy { $0.arguments.contains("kafka-1:9092,kafka-2:9092") }
        )
    }

    @Test func itIsAsTheInstallationIsConfigured() throws {
        func wishes(
            _ flags: InstallationSettings.Flags = .init(),
            _ environment: [String: String] = [:],
            _ text: String = ""
        ) -> UpPlan.Wishes {
            let file = ConfigurationFile(path: "/etc/martlet.yaml", text: text)
            return UpPlan.Wishes(
                InstallationSettings(flags, environment: environment, file: file)
            )
        }
        let file = "portBase: 9000\nbrokers: kafka:1\ndata: /var/martlet\n"
        let configured = wishes(.init(), [:], file)
        #expect(configured.portBase == 9000)
        #expect(configured.brokers == "kafka:1")
        #expect(configured.data == "/var/martlet")
        let plan = try UpPlan(configured)
        #expect(plan.isExternalLog)
        for arguments in plan.instances.map(\.arguments) {
            #expect(arguments.contains("/var/martlet"))
            #expect(arguments.contains("/etc/martlet.yaml"))
        }
        let variables = ["MARTLET_DATA": "/there", "MARTLET_PORT_BASE": "7000"]
        #expect(wishes(.init(), variables).data == "/there")
        #expect(wishes(.init(), variables).portBase == 7000)
        #expect(wishes(.init(data: "/here", portBase: 8000), variables, file).data == "/here")
        #expect(wishes(.init(data: "/here", portBase: 8000), variables, file).portBase == 8000)
        // An empty variable names no brokers: the embedded log stays.
        let empty = wishes(.init(), ["MARTLET_BROKERS": ""])
        #expect(try !UpPlan(empty).isExternalLog)
    }

    @Test func contradictionsAreRefused() {
        #expect(throws: UpPlan.Refusal.self) {
            try plan {
                $0.brokers = "kafka:9092"
                $0.services = [.broker, .gateway]
            }
        }
        #expect(throws: UpPlan.Refusal.self) { try plan { $0.deliveries = 0 } }
        #expect(throws: UpPlan.Refusal.self) { try plan { $0.deliveries = 31 } }
        #expect(throws: UpPlan.Refusal.self) { try plan { $0.portBase = 70000 } }
        #expect(throws: UpPlan.Refusal.self) { try plan { $0.services = [] } }
    }

    @Test func theLogStopsLastAndTheGatewayFirst() throws {
        let stages = try plan { $0.deliveries = 2 }.stopStages.map { $0.map(\.name) }
        #expect(
            stages == [
                ["gateway"], ["delivery", "delivery-2"], ["history"],
                ["router", "receipts", "persistence", "push"], ["broker"],
            ]
        )
    }
}

@Suite struct RestartPolicyTests {
    @Test func delaysDoubleUpToFiveSecondsAndStartAgainAfterALongLife() {
        var policy = RestartPolicy()
        let delays = (0..<8).map { _ in policy.died(after: .zero).components }
        let expected: [Duration] = [
            .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800),
            .milliseconds(1600), .milliseconds(3200), .seconds(5), .seconds(5),
        ]
        #expect(delays.map(\.seconds) == expected.map(\.components.seconds))
        #expect(delays.map(\.attoseconds) == expected.map(\.components.attoseconds))
        #expect(policy.deathsInARow == 8)
        #expect(policy.died(after: .seconds(30)) == .milliseconds(100))
        #expect(policy.deathsInARow == 1)
    }
}
