import EventLog
import Events
import ServiceKit

/// What all checks are told.
struct DoctorContext: Sendable {
    let settings: InstallationSettings
    /// The processes that `martlet up` has written down, as far as they are there.
    let processes: [RunningProcess]
    let clock: any WallClock

    /// Looks which processes run, unless they are given.
    init(
        settings: InstallationSettings,
        processes: [RunningProcess]? = nil,
        clock: any WallClock = SystemClock()
    ) {
        self.settings = settings
        self.processes = processes ?? RunningProcess.all(inRunFolder: settings.data + "/run")
        self.clock = clock
    }

    /// How to reach the log.
    var log: EventLogConfiguration { settings.log(clientID: "martlet-doctor") }
}
