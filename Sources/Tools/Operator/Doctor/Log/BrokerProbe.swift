import KafkaWire
import NIOCore
import NIOPosix

/// Asks one broker by itself what it speaks: metadata comes from whichever broker answers first.
enum BrokerProbe {
    /// What a broker serves.
    struct Answer: Hashable, Sendable {
        /// From the first byte of the connection to the answer.
        var duration: Duration
        /// By the number of the kind of request.
        var versions: [Int16: ClosedRange<Int16>]
    }

    /// What came back was no answer.
    private struct Unintelligible: Error {}

    private static let answerBytesMax = 64 * 1024
    private static let connectTimeout: TimeAmount = .seconds(3)
    private static let answerTimeout: Duration = .seconds(5)

    /// Connects and asks; `nil` if it can't be reached, or answers something else.
    static func ask(host: String, port: Int) async -> Answer? {
        let start = ContinuousClock.now
        let answer = await withTaskGroup(of: [Int16: ClosedRange<Int16>]?.self) { group in
            group.addTask { try? await versions(host: host, port: port) }
            group.addTask {
                try? await Task.sleep(for: answerTimeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return answer.map { Answer(duration: start.duration(to: .now), versions: $0) }
    }

    private static func versions(
        host: String,
        port: Int
    ) async throws -> [Int16: ClosedRange<Int16>] {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(connectTimeout)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(try request())
            var received = ByteBuffer()
            for try await part in inbound {
                received.writeImmutableBuffer(part)
                guard received.readableBytes <= answerBytesMax else { throw Unintelligible() }
                if let answer = received.getLengthPrefixedSlice(
                    at: received.readerIndex,
                    as: Int32.self
                ) {
                    return try read(answer)
                }
            }
            throw Unintelligible()
        }
    }

    /// Version 0, which every broker answers.
    static func request() throws -> ByteBuffer {
        var body = ByteBuffer()
        try RequestHeader(
            key: .apiVersions,
            version: 0,
            correlationID: 1,
            clientID: "martlet-doctor"
        ).write(to: &body, isFlexible: false)
        try ApiVersionsRequest().write(to: &body, version: 0)
        var framed = ByteBuffer()
        framed.writeInteger(Int32(body.readableBytes))
        framed.writeImmutableBuffer(body)
        return framed
    }

    /// Reads an answer without its length.
    static func read(_ bytes: ByteBuffer) throws -> [Int16: ClosedRange<Int16>] {
        var bytes = bytes
        guard bytes.readInteger(as: Int32.self) == 1 else { throw Unintelligible() }
        let response = try ApiVersionsRequest.readResponse(from: bytes, version: 0)
        var versions: [Int16: ClosedRange<Int16>] = [:]
        for key in response.keys where key.minVersion <= key.maxVersion {
            versions[key.key] = key.minVersion...key.maxVersion
        }
        return versions
    }
}
