import CRdKafka
import Synchronization

/// Owns a librdkafka event queue and keeps its client alive.
///
/// `@unchecked Sendable`: the queue's functions may be called from any thread; the pointer never changes. It is closed before its
/// client, after its last use.
final class EventQueue: @unchecked Sendable {
    /// The queue; dangling after `close()`.
    let pointer: OpaquePointer
    private let isClosed = Atomic<Bool>(false)
    private let client: ClientHandle

    private init(_ pointer: OpaquePointer, of client: ClientHandle) {
        self.pointer = pointer
        self.client = client
    }

    /// The queue of a client's delivery reports, errors and log lines.
    static func main(of client: ClientHandle) throws(EventLogError) -> EventQueue {
        guard let queue = rd_kafka_queue_get_main(client.pointer) else {
            throw EventLogError(.invalidConfiguration, "the client has no main queue")
        }
        return EventQueue(queue, of: client)
    }

    /// The queue of a consumer's records and rebalances, into which the main queue is led, too.
    static func consumer(of client: ClientHandle) throws(EventLogError) -> EventQueue {
        let code = rd_kafka_poll_set_consumer(client.pointer)
        guard code.isSuccess, let queue = rd_kafka_queue_get_consumer(client.pointer) else {
            throw EventLogError(code, "making the consumer's queue")
        }
        return EventQueue(queue, of: client)
    }

    /// A queue for the answers to administrative requests.
    static func temporary(of client: ClientHandle) throws(EventLogError) -> EventQueue {
        guard let queue = rd_kafka_queue_new(client.pointer) else {
            throw EventLogError(.other, "no queue for the answer")
        }
        return EventQueue(queue, of: client)
    }

    /// The next event; blocks up to `timeout`.
    func poll(_ timeout: Duration) -> ClientEvent? {
        ClientEvent(rd_kafka_queue_poll(pointer, timeout.libraryMilliseconds))
    }

    /// The next event, if there is one.
    func poll() -> ClientEvent? {
        ClientEvent(rd_kafka_queue_poll(pointer, 0))
    }

    /// Ends a blocking `poll` of another thread, or the next one, early.
    func wake() {
        rd_kafka_queue_yield(pointer)
    }

    /// Lets go of the queue; idempotent.
    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        rd_kafka_queue_destroy(pointer)
    }

    deinit { close() }
}

/// One event; freed when it goes out of scope.
struct ClientEvent: ~Copyable {
    let pointer: OpaquePointer

    init?(_ pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    /// The kind of event, `RD_KAFKA_EVENT_…`.
    var type: Int32 { rd_kafka_event_type(pointer) }
    /// The error that it tells of.
    var error: rd_kafka_resp_err_t { rd_kafka_event_error(pointer) }
    /// Whether the client can't go on.
    var isFatal: Bool { rd_kafka_event_error_is_fatal(pointer) != 0 }

    /// The error in the library's words: names of brokers, topics, groups; never a record's content.
    var errorText: String {
        rd_kafka_event_error_string(pointer).map { String(cString: $0) } ?? ""
    }

    /// The next record or report in it.
    func nextMessage() -> UnsafePointer<rd_kafka_message_t>? {
        rd_kafka_event_message_next(pointer)
    }

    deinit {
        rd_kafka_event_destroy(pointer)
    }
}
