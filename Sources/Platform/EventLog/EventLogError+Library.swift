import CRdKafka

extension EventLogError {
    /// What a code of librdkafka means to us; `doing` says what was tried, in words.
    init(_ code: rd_kafka_resp_err_t, _ doing: String) {
        self.init(Self.kind(of: code), "\(doing): \(Self.name(of: code))")
    }

    /// The library's own name of a code, such as `_MSG_TIMED_OUT`.
    static func name(of code: rd_kafka_resp_err_t) -> String {
        rd_kafka_err2name(code).map { String(cString: $0) } ?? String(code.rawValue)
    }

    private static func kind(of code: rd_kafka_resp_err_t) -> Code {
        switch code {
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT,
            RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__WAIT_COORD,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
            .unavailable
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: .queueFull
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
            RD_KAFKA_RESP_ERR__DESTROY:
            .closed
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            .unknownTopic
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
            RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            .recordTooLarge
        case RD_KAFKA_RESP_ERR__INVALID_ARG: .invalidConfiguration
        case RD_KAFKA_RESP_ERR__FATAL: .fatal
        default: .other
        }
    }
}

extension rd_kafka_resp_err_t {
    /// Whether it says that all went well.
    var isSuccess: Bool { self == RD_KAFKA_RESP_ERR_NO_ERROR }
}
