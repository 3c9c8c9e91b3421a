/// Makes the topics on a broker that has just started.
enum TopicPreparation {
    static func apply(brokers: String) async throws {
        _ = brokers
    }
}
