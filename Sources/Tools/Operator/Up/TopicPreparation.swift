import EventLog
import Events
import Foundation
import Logging
import ServiceKit

/// Makes the topics before anything that needs them starts.
enum TopicPreparation {
    /// Makes what is missing; runs on a thread of its own, since administration blocks.
    static func apply(brokers: String, sizing: TopicCatalogue.Sizing) async throws {
        var logger = Logger(label: "up")
        logger.logLevel = .error
        let setup = TopicSetup(
            EventLogConfiguration(brokers: brokers, clientID: "martlet-up"),
            sizing: sizing,
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
