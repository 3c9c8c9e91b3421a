import EventLog
import Events

/// What all checks are told.
struct DoctorContext: Sendable {
    let settings: DoctorSettings
    let environment: [String: String]
    let file: ConfigurationFile
    /// The processes that `martlet up` has written down, as far as they are there.
    let processes: [RunningProcess]
    let clock: any WallClock

    /// How to reach the log.
    var log: EventLogConfiguration {
        EventLogConfiguration(brokers: settings.brokers, clientID: "martlet-doctor")
    }
}
