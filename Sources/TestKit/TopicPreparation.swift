import EventLog
import Events
import Foundation
import Logging
import ServiceKit

/// Makes the topics on a broker that has just started.
enum TopicPreparation {
    static func apply(brokers: String) async throws {
        var logger = Logger(label: "harness")
        logger.logLevel = .error
        let setup = TopicSetup(
            EventLogConfiguration(brokers: brokers, clientID: "harness"),
            sizing: TopicCatalogue.Sizing(),
            clock: SystemClock(),
            logger: logger
        )
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let thread = Thread {
                done.resume(with: Result { _ = try setup.apply() })
            }
            thread.name = "topics"
            thread.start()
        }
    }
}
