import KafkaWire
import NIOCore
import NIOPosix
import SegmentLog

/// ListOffsets, OffsetForLeaderEpoch, DeleteRecords, InitProducerId: questions about partitions.
extension BrokerCore {
    /// The partition of this name and number.
    func partition(_ topic: String, _ index: Int32) -> PartitionLog? {
        guard let partitions = store.topic(topic)?.partitions,
            partitions.indices.contains(Int(index))
        else { return nil }
        return partitions[Int(index)]
    }

    /// Finding by time may read files, so it is left to the pool.
    func listOffsets(_ exchange: Exchange, _ request: ListOffsetsRequest) {
        pool.runIfActive(eventLoop: loop) { self.find(request) }
            .assumeIsolated().whenSuccess { exchange.answer(ListOffsetsRequest.self, $0) }
    }

    private func find(_ request: ListOffsetsRequest) -> ListOffsetsResponse {
        var response = ListOffsetsResponse()
        response.topics = request.topics.map { topic in
            var answers = ListOffsetsResponse.Topic()
            answers.name = topic.name
            answers.partitions = topic.partitions.map { partition in
                var answer = ListOffsetsResponse.Partition()
                answer.index = partition.index
                guard let log = self.partition(topic.name, partition.index) else {
                    answer.error = .unknownTopicOrPartition
                    return answer
                }
                do throws(SegmentLogError) {
                    try Self.find(partition.timestamp, in: log, answer: &answer)
                } catch {
                    answer.error = .kafkaStorageError
                }
                return answer
            }
            return answers
        }
        return response
    }

    private static func find(
        _ timestamp: Int64,
        in log: PartitionLog,
        answer: inout ListOffsetsResponse.Partition
    ) throws(SegmentLogError) {
        answer.leaderEpoch = leaderEpoch
        let bounds = log.bounds
        switch timestamp {
        case -1: answer.offset = bounds.end
        case -2: answer.offset = bounds.start
        case -3:
            guard let found = try log.latestTimestamp() else { return }
            (answer.offset, answer.timestamp) = found
        case 0...:
            guard let found = try log.firstOffset(notBefore: timestamp) else { return }
            (answer.offset, answer.timestamp) = found
        default: answer.error = .invalidRequest
        }
    }

    func offsetForLeaderEpoch(_ exchange: Exchange, _ request: OffsetForLeaderEpochRequest) {
        var response = OffsetForLeaderEpochResponse()
        response.topics = request.topics.map { topic in
            var answers = OffsetForLeaderEpochResponse.Topic()
            answers.name = topic.name
            answers.partitions = topic.partitions.map { partition in
                var answer = OffsetForLeaderEpochResponse.Partition()
                answer.index = partition.index
                guard let log = self.partition(topic.name, partition.index) else {
                    answer.error = .unknownTopicOrPartition
                    return answer
                }
                guard partition.currentLeaderEpoch <= Self.leaderEpoch else {
                    answer.error = .unknownLeaderEpoch
                    return answer
                }
                if partition.leaderEpoch == Self.leaderEpoch {
                    answer.leaderEpoch = Self.leaderEpoch
                    answer.endOffset = log.bounds.end
                }
                return answer
            }
            return answers
        }
        exchange.answer(OffsetForLeaderEpochRequest.self, response)
    }

    func deleteRecords(_ exchange: Exchange, _ request: DeleteRecordsRequest) {
        pool.runIfActive(eventLoop: loop) { self.delete(request) }
            .assumeIsolated().whenSuccess { exchange.answer(DeleteRecordsRequest.self, $0) }
    }

    private func delete(_ request: DeleteRecordsRequest) -> DeleteRecordsResponse {
        var response = DeleteRecordsResponse()
        response.topics = request.topics.map { topic in
            var answers = DeleteRecordsResponse.Topic()
            answers.name = topic.name
            answers.partitions = topic.partitions.map { partition in
                var answer = DeleteRecordsResponse.Partition()
                answer.index = partition.index
                guard !topic.name.hasPrefix("__"),
                    let log = self.partition(topic.name, partition.index)
                else {
                    answer.error = .unknownTopicOrPartition
                    return answer
                }
                let end = log.bounds.end
                let offset = partition.offset == -1 ? end : partition.offset
                guard offset >= 0, offset <= end else {
                    answer.error = .offsetOutOfRange
                    return answer
                }
                do throws(SegmentLogError) {
                    answer.lowWatermark = try log.removeRecords(before: offset)
                } catch {
                    answer.error = .kafkaStorageError
                }
                return answer
            }
            return answers
        }
        return response
    }

    /// A producer that names its id and epoch gets the next epoch, until there is none; then a new id.
    func initProducerID(_ exchange: Exchange, _ request: InitProducerIDRequest) {
        var response = InitProducerIDResponse()
        guard request.transactionalID == nil else {
            response.error = .transactionalIDAuthorizationFailed
            exchange.answer(InitProducerIDRequest.self, response)
            return
        }
        if request.producerID >= 0, request.producerEpoch >= 0,
            request.producerEpoch < Int16.max - 1
        {
            response.producerID = request.producerID
            response.producerEpoch = request.producerEpoch + 1
        } else {
            do throws(SegmentLogError) {
                response.producerID = try store.makeProducerID()
                response.producerEpoch = 0
            } catch {
                response.error = .kafkaStorageError
            }
        }
        exchange.answer(InitProducerIDRequest.self, response)
    }
}
