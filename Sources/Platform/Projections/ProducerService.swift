public import EventLog
public import ServiceLifecycle

/// Closes a producer when the services that use it have stopped: list it before them.
public struct ProducerService: Service {
    private let producer: EventProducer

    /// A service that owns `producer`.
    public init(_ producer: EventProducer) {
        self.producer = producer
    }

    /// Waits for the shutdown, then closes the producer.
    public func run() async throws {
        try? await gracefulShutdown()
        producer.close(timeout: .seconds(2))
    }
}

extension EventProducer.Options {
    /// For a projection's outputs, which come in batches: waiting for more gains next to nothing.
    public static var ofProjection: EventProducer.Options {
        var options = EventProducer.Options()
        options.linger = .microseconds(200)
        return options
    }
}
