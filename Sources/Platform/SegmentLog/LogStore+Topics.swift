import Logging
import NIOCore
import Synchronization

/// Making, growing and deleting topics. These calls block, and must not overlap: the broker makes them from one place.
extension LogStore {
    private static let topicVersion: UInt16 = 1

    /// Makes a topic, durably.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `.`, `_` and `-`.
    ///   - partitions: how many.
    ///   - configuration: its settings.
    /// - Returns: the topic.
    /// - Throws: a name, number or setting that is refused, or what the file system says.
    @discardableResult
    public func createTopic(
        _ name: String,
        partitions: Int,
        configuration: TopicConfiguration = .standard
    ) throws(SegmentLogError) -> Topic {
        guard Topic.isValid(name: name) else {
            throw SegmentLogError(.invalidName, "not a name for a topic")
        }
        guard (1...Topic.partitionsMax).contains(partitions) else {
            throw SegmentLogError(
                .invalidPartitions,
                "a topic has 1 to \(Topic.partitionsMax) partitions"
            )
        }
        guard topic(name) == nil else { throw SegmentLogError(.topicExists, name) }
        var topic: Topic
        do throws(FileSystemError) {
            let number = try changeMeta { $0.nextTopic += 1 }.nextTopic - 1
            topic = Topic(
                name: name,
                number: number,
                configuration: configuration,
                partitions: []
            )
            let temporary = directory + "/topics/.new~\(number)"
            for index in 0..<partitions {
                try files.createDirectory("\(temporary)/\(index)")
            }
            try saveTopic(topic, partitions: partitions, in: temporary)
            try files.rename(temporary, to: path(of: topic))
            try files.syncDirectory(directory + "/topics")
        } catch {
            throw SegmentLogError(error)
        }
        topic.partitions = try openPartitions(of: topic, 0..<partitions)
        let made = topic
        state.withLock { $0.topics[name] = made }
        shareTail()
        return topic
    }

    /// Adds partitions to a topic.
    ///
    /// - Parameters:
    ///   - name: the topic.
    ///   - count: how many partitions it is to have then.
    /// - Throws: a number that is refused, or what the file system says.
    public func growTopic(_ name: String, to count: Int) throws(SegmentLogError) {
        guard var topic = topic(name) else { throw SegmentLogError(.unknownTopic, name) }
        guard count > topic.partitions.count, count <= Topic.partitionsMax else {
            throw SegmentLogError(.invalidPartitions, "a topic can only grow, within bounds")
        }
        do throws(FileSystemError) {
            for index in topic.partitions.count..<count {
                try files.createDirectory("\(path(of: topic))/\(index)")
            }
            try saveTopic(topic, partitions: count, in: path(of: topic))
        } catch {
            throw SegmentLogError(error)
        }
        topic.partitions += try openPartitions(of: topic, topic.partitions.count..<count)
        let grown = topic
        state.withLock { $0.topics[name] = grown }
        shareTail()
    }

    /// Deletes a topic with everything in it.
    public func deleteTopic(_ name: String) throws(SegmentLogError) {
        guard let topic = topic(name) else { throw SegmentLogError(.unknownTopic, name) }
        let doomed = directory + "/topics/.deleted~\(topic.number)"
        do throws(FileSystemError) {
            try files.rename(path(of: topic), to: doomed)
            try files.syncDirectory(directory + "/topics")
        } catch {
            throw SegmentLogError(error)
        }
        state.withLock { $0.topics[name] = nil }
        for log in topic.partitions { log.markDeleted() }
        do throws(FileSystemError) {
            try files.remove(doomed)
        } catch {
            logger.warning("a deleted topic is still there", metadata: ["error": "\(error)"])
        }
    }

    /// An id for an idempotent producer, never given before, not even before a crash.
    public func makeProducerID() throws(SegmentLogError) -> Int64 {
        while true {
            let id = state.withLock { $0.producerIDs.popFirst() }
            if let id { return id }
            do throws(FileSystemError) {
                let end = try changeMeta { $0.producerIDsReserved += Self.producerIDBlock }
                    .producerIDsReserved
                state.withLock { $0.producerIDs = end - Self.producerIDBlock..<end }
            } catch {
                throw SegmentLogError(error)
            }
        }
    }

    // MARK: Files

    private func path(of topic: Topic) -> String {
        directory + "/topics/" + topic.directoryName
    }

    private func saveTopic(
        _ topic: Topic,
        partitions: Int,
        in path: String
    ) throws(FileSystemError) {
        var buffer = ByteBuffer()
        buffer.writeCounted(topic.name)
        buffer.writeMultipleIntegers(
            topic.number,
            UInt32(partitions),
            UInt32(topic.configuration.given.count)
        )
        for (name, value) in topic.configuration.given.sorted(by: { $0.key < $1.key }) {
            buffer.writeCounted(name)
            buffer.writeCounted(value)
        }
        try SealedFile.write(
            buffer,
            kind: .topic,
            version: Self.topicVersion,
            to: path + "/topic.meta",
            durable: true,
            in: files
        )
    }

    /// Opens all topics of the folder; half-made and half-deleted ones go.
    func openTopics() throws(SegmentLogError) {
        do throws(FileSystemError) {
            for name in try files.contents(of: directory + "/topics") where name.hasPrefix(".") {
                try files.remove(directory + "/topics/" + name)
            }
        } catch {
            throw SegmentLogError(error)
        }
        for path in try topicPaths() {
            let (found, count) = try readTopic(path)
            var topic = found
            topic.partitions = try openPartitions(of: topic, 0..<count)
            let opened = topic
            state.withLock { $0.topics[opened.name] = opened }
            meta.withLock { $0.nextTopic = max($0.nextTopic, opened.number + 1) }
        }
        shareTail()
    }

    private func topicPaths() throws(SegmentLogError) -> [String] {
        do throws(FileSystemError) {
            return try files.contents(of: directory + "/topics").map {
                directory + "/topics/" + $0
            }
        } catch {
            throw SegmentLogError(error)
        }
    }

    private func readTopic(_ path: String) throws(SegmentLogError) -> (Topic, partitions: Int) {
        let read: (content: ByteBuffer, version: UInt16)?
        do throws(FileSystemError) {
            read = try SealedFile.read(kind: .topic, from: path + "/topic.meta", in: files)
        } catch {
            throw SegmentLogError(error)
        }
        let damaged = SegmentLogError(.corrupt, "\(path)/topic.meta is damaged")
        guard let read, read.version == Self.topicVersion else { throw damaged }
        var content = read.content
        guard let name = content.readCounted(),
            let (number, partitions, count) = content.readMultipleIntegers(
                as: (UInt32, UInt32, UInt32).self
            ), partitions <= Topic.partitionsMax
        else { throw damaged }
        var given: [String: String] = [:]
        for _ in 0..<count {
            guard let name = content.readCounted(), let value = content.readCounted() else {
                throw damaged
            }
            given[name] = value
        }
        let topic = Topic(
            name: name,
            number: number,
            configuration: try TopicConfiguration(given),
            partitions: []
        )
        return (topic, Int(partitions))
    }

    private func openPartitions(
        of topic: Topic,
        _ range: Range<Int>
    ) throws(SegmentLogError) -> [PartitionLog] {
        var logs: [PartitionLog] = []
        for index in range {
            let folder = "\(path(of: topic))/\(index)"
            do throws(FileSystemError) {
                try files.createDirectory(folder)
            } catch {
                throw SegmentLogError(error)
            }
            let recovery = PartitionRecovery(directory: folder, files: files, logger: logger)
            logs.append(
                PartitionLog(
                    id: PartitionID(topic: topic.number, partition: Int32(index)),
                    directory: folder,
                    configuration: topic.configuration,
                    committer: committer,
                    files: files,
                    recovered: try recovery.run()
                )
            )
        }
        return logs
    }

    /// Shares the memory for the newest batches among all partitions.
    private func shareTail() {
        let logs = topics.values.flatMap(\.partitions)
        let share = max(configuration.tailBytesMax / max(logs.count, 1), 64 << 10)
        for log in logs { log.setTailBytesMax(share) }
    }
}
