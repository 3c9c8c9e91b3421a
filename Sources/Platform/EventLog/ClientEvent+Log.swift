import CRdKafka
import Logging

extension ClientEvent {
    /// Passes a log line of the library on.
    ///
    /// The library repeats itself at each attempt to connect, so all but what it calls critical is for debugging: that a
    /// broker has gone or is back is said once, by us.
    func log(to logger: Logger) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var severity: Int32 = 7
        guard rd_kafka_event_log(pointer, &facility, &text, &severity) == 0, let text else {
            return
        }
        let level: Logger.Level = severity <= 2 ? .error : .debug
        logger.log(level: level, "librdkafka: \(String(cString: text))")
    }
}
