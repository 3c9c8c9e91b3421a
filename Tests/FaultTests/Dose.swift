import Foundation
import TestKit

/// How much the fault test does: small in `make test`, large in `make faults`.
struct Dose: Sendable, CustomStringConvertible {
    var kills = 12
    var messages = 2000
    var machineKills = 1
    var deliveries = 1
    var seed: UInt64

    /// The dose that the environment asks for.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func number(_ name: String, _ standard: Int) -> Int {
            environment["MARTLET_FAULT_\(name)"].flatMap { Int($0) } ?? standard
        }
        kills = number("KILLS", kills)
        messages = number("MESSAGES", messages)
        machineKills = number("MACHINE_KILLS", machineKills)
        deliveries = number("DELIVERIES", deliveries)
        seed = SeededRandom.seed(environment["MARTLET_FAULT_SEED"])
    }

    var description: String {
        "MARTLET_FAULT_SEED=\(seed) MARTLET_FAULT_KILLS=\(kills) MARTLET_FAULT_MESSAGES=\(messages) "
            + "MARTLET_FAULT_MACHINE_KILLS=\(machineKills) MARTLET_FAULT_DELIVERIES=\(deliveries)"
    }
}
