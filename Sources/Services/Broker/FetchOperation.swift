import KafkaWire
import Metrics
import NIOCore
import NIOPosix
import SegmentLog

/// A Fetch from its arrival to its answer.
final class FetchOperation: @unchecked Sendable {
    // Unchecked: what changes is only touched on the core's event loop; `read` runs elsewhere but only reads what does not change.

    private struct Source {
        let topic: Int
        let request: FetchRequest.Partition
        let log: PartitionLog?
    }

    private let core: BrokerCore
    private let exchange: Exchange
    private let request: FetchRequest
    private let sources: [Source]
    private let bytesMax: Int
    private var deadline: Scheduled<Void>?
    private(set) var isDone = false

    init(core: BrokerCore, exchange: Exchange, request: FetchRequest) {
        self.core = core
        self.exchange = exchange
        self.request = request
        bytesMax = min(max(0, Int(request.maxBytes)), core.configuration.fetchBytesMax)
        var sources: [Source] = []
        for (index, topic) in request.topics.enumerated() {
            let partitions = core.store.topic(topic.name)?.partitions ?? []
            for partition in topic.partitions {
                let log =
                    partitions.indices.contains(Int(partition.index))
                    ? partitions[Int(partition.index)] : nil
                sources.append(Source(topic: index, request: partition, log: log))
            }
        }
        self.sources = sources
    }

    /// Answers now, or waits.
    func start() {
        let wait = min(
            .milliseconds(Int64(max(0, request.maxWaitMilliseconds))),
            core.configuration.fetchWaitMax
        )
        if wait.nanoseconds == 0 || isSatisfied {
            finish()
            return
        }
        for source in sources {
            if let log = source.log { core.register(self, for: log) }
        }
        deadline = core.loop.scheduleTask(in: wait) { self.finish() }
        exchange.connection.waitingFetch = self
    }

    /// Whether there is enough, or something that the client must hear of.
    private var isSatisfied: Bool {
        let wanted = max(0, Int(request.minBytes))
        var found = 0
        for source in sources {
            guard let log = source.log else { return true }
            let bounds = log.bounds
            guard source.request.fetchOffset <= bounds.end,
                source.request.fetchOffset >= bounds.start
            else { return true }
            guard
                let count = log.byteCountInMemory(
                    from: source.request.fetchOffset,
                    upTo: wanted
                )
            else { return true }
            found += count
            if found >= wanted { return true }
        }
        return found >= wanted
    }

    /// A partition has new records.
    func wake(by log: PartitionLog) {
        guard !isDone else { return }
        if request.minBytes <= 1 || isSatisfied {
            finish()
        } else {
            core.register(self, for: log)
        }
    }

    /// Answers with what there is.
    func release() {
        finish()
    }

    /// Nobody wants the answer any more.
    func cancel() {
        isDone = true
        deadline?.cancel()
    }

    private func finish() {
        guard !isDone else { return }
        isDone = true
        deadline?.cancel()
        if exchange.connection.waitingFetch === self { exchange.connection.waitingFetch = nil }
        let isInMemory = sources.allSatisfy { source in
            source.log?.byteCountInMemory(from: source.request.fetchOffset, upTo: 1) != nil
                || source.log == nil
        }
        if isInMemory {
            answer(read())
        } else {
            core.pool.runIfActive(eventLoop: core.loop) { self.read() }
                .whenSuccess { self.answer($0) }
        }
    }

    private func answer(_ response: FetchResponse) {
        let size = response.topics.reduce(0) { sum, topic in
            topic.partitions.reduce(sum) { $0 + ($1.records?.readableBytes ?? 0) }
        }
        core.meters.fetchedBytes.increment(by: size)
        exchange.answer(
            FetchRequest.self,
            response,
            sizeHint: size + 64 + sources.count * 64
        )
    }

    private func read() -> FetchResponse {
        var response = FetchResponse()
        response.topics = request.topics.map { topic in
            var answer = FetchResponse.Topic()
            answer.name = topic.name
            answer.partitions.reserveCapacity(topic.partitions.count)
            return answer
        }
        var left = bytesMax
        for source in sources {
            response.topics[source.topic].partitions.append(read(source, left: &left))
        }
        return response
    }

    private func read(_ source: Source, left: inout Int) -> FetchResponse.Partition {
        var answer = FetchResponse.Partition()
        answer.index = source.request.index
        answer.records = ByteBuffer()
        guard let log = source.log else {
            answer.error = .unknownTopicOrPartition
            return answer
        }
        let epoch = source.request.currentLeaderEpoch
        guard epoch <= BrokerCore.leaderEpoch else {
            answer.error = .unknownLeaderEpoch
            return answer
        }
        var records = ByteBuffer()
        do throws(SegmentLogError) {
            let bounds: PartitionLog.Bounds
            // The first batch of an answer may be larger than asked for, or a reader would never get past it.
            if left > 0 {
                bounds = try log.read(
                    from: source.request.fetchOffset,
                    bytesMax: min(left, max(0, Int(source.request.maxBytes))),
                    into: &records
                )
            } else {
                bounds = log.bounds
            }
            answer.highWatermark = bounds.end
            answer.lastStableOffset = bounds.end
            answer.logStartOffset = bounds.start
            left -= records.readableBytes
            answer.records = records
        } catch {
            let bounds = log.bounds
            answer.logStartOffset = bounds.start
            answer.error =
                error.code == .offsetOutOfRange ? .offsetOutOfRange : .kafkaStorageError
        }
        return answer
    }
}
