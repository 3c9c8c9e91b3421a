import Foundation
import TestKit

/// How much the fault tests do: little in `make test`, much in `make faults`.
struct Dose: Sendable, CustomStringConvertible {
    var kills = 12
    var messages = 2000
    var machineKills = 1
    var deliveries = 1
    /// In groups: how often a process is killed, how much is asked for, in how many groups, of how many members at most.
    var groupKills = 8
    var operations = 1500
    var groups = 3
    var members = 12
    /// How often processes stand still, and for how long: longer than the 10 s for which a consumer group waits.
    var stops = 1
    var stopSeconds = 15
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
        groupKills = number("GROUP_KILLS", groupKills)
        operations = number("OPERATIONS", operations)
        groups = number("GROUPS", groups)
        members = number("MEMBERS", members)
        stops = number("STOPS", stops)
        stopSeconds = number("STOP_SECONDS", stopSeconds)
        seed = SeededRandom.seed(environment["MARTLET_FAULT_SEED"])
    }

    /// The variables that run the direct conversations' part again.
    var description: String {
        "MARTLET_FAULT_SEED=\(seed) MARTLET_FAULT_KILLS=\(kills) MARTLET_FAULT_MESSAGES=\(messages) "
            + "MARTLET_FAULT_MACHINE_KILLS=\(machineKills) MARTLET_FAULT_DELIVERIES=\(deliveries)"
    }

    /// The variables that run the groups' part again.
    var ofGroups: String {
        "MARTLET_FAULT_SEED=\(seed) MARTLET_FAULT_GROUP_KILLS=\(groupKills) "
            + "MARTLET_FAULT_OPERATIONS=\(operations) MARTLET_FAULT_GROUPS=\(groups) "
            + "MARTLET_FAULT_MEMBERS=\(members) MARTLET_FAULT_STOPS=\(stops) "
            + "MARTLET_FAULT_STOP_SECONDS=\(stopSeconds)"
    }
}
