import Foundation
import KafkaWire
import NIOCore

/// A blocking client that speaks the protocol frame by frame, so that a test can say exactly what goes over the wire.
final class WireClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32
    private var nextCorrelation: Int32 = 0

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "connect \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    /// Sends bytes as they are.
    func send(_ buffer: ByteBuffer) throws {
        try buffer.withUnsafeReadableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Foundation.send(
                    descriptor,
                    bytes.baseAddress?.advanced(by: done),
                    bytes.count - done,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { throw Failure(description: "send \(errno)") }
                done += count
            }
        }
    }

    /// Sends a request; returns its correlation number.
    @discardableResult
    func send<Request: WireRequest>(_ request: Request, version: Int16) throws -> Int32 {
        nextCorrelation += 1
        let header = RequestHeader(
            key: Request.key,
            version: version,
            correlationID: nextCorrelation,
            clientID: "test"
        )
        var body = ByteBuffer()
        try header.write(to: &body, isFlexible: version >= Request.flexibleFrom)
        try request.write(to: &body, version: version)
        var frame = ByteBuffer()
        frame.writeInteger(Int32(body.readableBytes))
        frame.writeBuffer(&body)
        try send(frame)
        return nextCorrelation
    }

    /// The next frame; `nil` at the end of the stream.
    func receive() throws -> ByteBuffer? {
        guard var head = try receive(count: 4), let length = head.readInteger(as: Int32.self) else {
            return nil
        }
        return try receive(count: Int(length))
    }

    private func receive(count: Int) throws -> ByteBuffer? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: done), count - done, 0)
            }
            if got == 0 || (got < 0 && errno == ECONNRESET) { return nil }
            guard got > 0 else { throw Failure(description: "recv \(errno)") }
            done += got
        }
        return ByteBuffer(bytes: bytes)
    }

    /// Receives the answer to a request.
    func receive<Request: WireRequest>(
        _ kind: Request.Type,
        version: Int16,
        correlation: Int32
    ) throws -> Request.Response {
        guard var frame = try receive() else { throw Failure(description: "closed") }
        guard frame.readInteger(as: Int32.self) == correlation else {
            throw Failure(description: "another request's answer")
        }
        if Request.responseHeaderIsFlexible(version: version) {
            frame.moveReaderIndex(forwardBy: 1)
        }
        return try Request.readResponse(from: frame, version: version)
    }

    /// Sends a request and receives its answer.
    func call<Request: WireRequest>(
        _ request: Request,
        version: Int16
    ) throws -> Request.Response {
        let correlation = try send(request, version: version)
        return try receive(Request.self, version: version, correlation: correlation)
    }
}

// MARK: Requests in few words

extension WireClient {
    func createTopic(
        _ name: String,
        partitions: Int32 = 1,
        configs: [String: String] = [:]
    ) throws -> ErrorCode {
        var topic = CreateTopicsRequest.Topic()
        topic.name = name
        topic.partitionCount = partitions
        topic.replicationFactor = 1
        topic.configs = configs.map { name, value in
            var config = CreateTopicsRequest.Config()
            config.name = name
            config.value = value
            return config
        }
        var request = CreateTopicsRequest()
        request.topics = [topic]
        return try call(request, version: 6).topics.first?.error ?? .unknownServerError
    }

    static func produce(
        _ topic: String,
        partition: Int32 = 0,
        _ batch: ByteBuffer,
        acks: Int16 = -1
    ) -> ProduceRequest {
        var entry = ProduceRequest.Partition()
        entry.index = partition
        entry.records = batch
        var answer = ProduceRequest.Topic()
        answer.name = topic
        answer.partitions = [entry]
        var request = ProduceRequest()
        request.acks = acks
        request.topics = [answer]
        return request
    }

    func produce(
        _ topic: String,
        partition: Int32 = 0,
        _ batch: ByteBuffer,
        version: Int16 = 9
    ) throws -> ProduceResponse.Partition {
        let request = Self.produce(topic, partition: partition, batch)
        let response = try call(request, version: version)
        guard let answer = response.topics.first?.partitions.first else {
            throw Failure(description: "no answer for the partition")
        }
        return answer
    }

    static func fetch(
        _ topic: String,
        partition: Int32 = 0,
        from offset: Int64,
        wait: Int32 = 0,
        minBytes: Int32 = 1
    ) -> FetchRequest {
        var entry = FetchRequest.Partition()
        entry.index = partition
        entry.fetchOffset = offset
        var wanted = FetchRequest.Topic()
        wanted.name = topic
        wanted.partitions = [entry]
        var request = FetchRequest()
        request.maxWaitMilliseconds = wait
        request.minBytes = minBytes
        request.topics = [wanted]
        return request
    }

    func fetch(
        _ topic: String,
        partition: Int32 = 0,
        from offset: Int64,
        version: Int16 = 12
    ) throws -> FetchResponse.Partition {
        let response = try call(
            Self.fetch(topic, partition: partition, from: offset),
            version: version
        )
        guard let answer = response.topics.first?.partitions.first else {
            throw Failure(description: "no answer for the partition")
        }
        return answer
    }

    static func batch(
        _ values: [String],
        producer: Int64 = -1,
        epoch: Int16 = -1,
        sequence: Int32 = -1
    ) -> ByteBuffer {
        RecordBatch.make(
            values.enumerated().map { index, value in
                Record(
                    offset: Int64(index),
                    timestamp: 1000 + Int64(index),
                    key: nil,
                    value: ByteBuffer(string: value)
                )
            },
            producerID: producer,
            producerEpoch: epoch,
            baseSequence: sequence
        )
    }

    static func values(_ partition: FetchResponse.Partition) throws -> [String] {
        var values: [String] = []
        var buffer = partition.records ?? ByteBuffer()
        while buffer.readableBytes > 0 {
            let header = try RecordBatch.validate(buffer, at: buffer.readerIndex)
            for record in try RecordBatch.records(of: buffer, header: header) {
                values.append(record.value.map { String(buffer: $0) } ?? "")
            }
            buffer.moveReaderIndex(forwardBy: header.totalSize)
        }
        return values
    }
}
