import KafkaWire
import Metrics
import NIOCore
import SegmentLog

/// Produce: appends, and answers when everything is durable.
extension BrokerCore {
    func produce(_ exchange: Exchange, _ request: ProduceRequest) {
        let operation = ProduceOperation(core: self, exchange: exchange, acks: request.acks)
        operation.response.topics.reserveCapacity(request.topics.count)
        for (topicIndex, topic) in request.topics.enumerated() {
            let found = store.topic(topic.name)
            var answers = ProduceResponse.Topic()
            answers.name = topic.name
            answers.partitions.reserveCapacity(topic.partitions.count)
            for (index, partition) in topic.partitions.enumerated() {
                var answer = ProduceResponse.Partition()
                answer.index = partition.index
                append(
                    partition,
                    to: found,
                    for: operation,
                    at: (topicIndex, index),
                    request: request,
                    answer: &answer
                )
                answers.partitions.append(answer)
            }
            operation.response.topics.append(answers)
        }
        operation.finishIfDone()
    }

    private func append(
        _ partition: ProduceRequest.Partition,
        to topic: Topic?,
        for operation: ProduceOperation,
        at place: (topic: Int, partition: Int),
        request: ProduceRequest,
        answer: inout ProduceResponse.Partition
    ) {
        guard request.transactionalID == nil else {
            answer.error = .transactionalIDAuthorizationFailed
            return
        }
        guard (-1...1).contains(request.acks) else {
            answer.error = .invalidRequiredAcks
            return
        }
        guard let topic, topic.partitions.indices.contains(Int(partition.index)),
            !topic.name.hasPrefix("__")
        else {
            answer.error = .unknownTopicOrPartition
            return
        }
        guard let records = partition.records, records.readableBytes > 0 else {
            answer.error = .invalidRecord
            return
        }
        guard records.readableBytes <= topic.configuration.batchBytesMax else {
            answer.error = .messageTooLarge
            return
        }
        let header: RecordBatchHeader
        do throws(WireError) {
            header = try RecordBatch.validateProduced(records)
        } catch {
            answer.error = Self.errorCode(of: error)
            return
        }
        guard !header.isTransactional else {
            answer.error = .transactionalIDAuthorizationFailed
            return
        }
        let ticket = operation.ticket(for: place)
        let log = topic.partitions[Int(partition.index)]
        switch log.append(records, header: header, ticket: ticket) {
        case .pending:
            operation.pendingCount += 1
            meters.appendedBatches.increment()
            meters.appendedRecords.increment(by: Int(header.recordCount))
            meters.appendedBytes.increment(by: records.readableBytes)
        case .duplicate(let baseOffset): answer.baseOffset = baseOffset
        case .oldDuplicate: answer.error = .duplicateSequenceNumber
        case .outOfOrder: answer.error = .outOfOrderSequenceNumber
        case .staleEpoch: answer.error = .invalidProducerEpoch
        case .failed: answer.error = .kafkaStorageError
        }
    }

    private static func errorCode(of error: WireError) -> ErrorCode {
        switch error.code {
        case .unsupportedMagic: .unsupportedForMessageFormat
        case .checksumMismatch, .truncated, .invalidLength: .corruptMessage
        default: .invalidRecord
        }
    }
}

/// A Produce request that waits for its appends.
final class ProduceOperation: AppendWaiter, @unchecked Sendable {
    // Unchecked: only touched on the core's event loop.

    private let core: BrokerCore
    private let exchange: Exchange
    private let acks: Int16
    private var places: [(topic: Int, partition: Int)] = []
    var response = ProduceResponse()
    var pendingCount = 0

    init(core: BrokerCore, exchange: Exchange, acks: Int16) {
        self.core = core
        self.exchange = exchange
        self.acks = acks
    }

    /// The ticket of the append at a place of the answer.
    func ticket(for place: (topic: Int, partition: Int)) -> AppendTicket {
        places.append(place)
        return AppendTicket(waiter: self, index: places.count - 1)
    }

    func appendDidFinish(_ append: FinishedAppend) {
        let place = places[append.ticket.index]
        if append.isDurable {
            response.topics[place.topic].partitions[place.partition].baseOffset =
                append.baseOffset
        } else {
            core.meters.failedAppends.increment()
            response.topics[place.topic].partitions[place.partition].error = .kafkaStorageError
        }
        pendingCount -= 1
        finishIfDone()
    }

    /// Answers once nothing is pending.
    func finishIfDone() {
        guard pendingCount == 0 else { return }
        if acks == 0 {
            exchange.skip()
            // Without answers the end of the connection is the only way to tell a client that something is wrong.
            let hasError = response.topics.contains { topic in
                topic.partitions.contains { $0.error != .none }
            }
            if hasError { exchange.connection.close("a failed Produce without answer") }
        } else {
            exchange.answer(ProduceRequest.self, response, sizeHint: 128)
        }
    }
}
