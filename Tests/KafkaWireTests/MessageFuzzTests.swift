import Foundation
import KafkaWire
import NIOCore
import Testing

/// Every decoder under bytes that nobody meant to send.
///
/// `MARTLET_FUZZ_ROUNDS` makes the dose larger; a failure names the seed and the bytes.
@Suite struct MessageFuzzTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["MARTLET_FUZZ_ROUNDS"].flatMap(Int.init) ?? 60
    /// How many encodings are kept to be changed further.
    private static let poolMax = 24

    /// Reads bytes; what can be read is written and read again without a change, and has taken memory by the measure of its bytes.
    ///
    /// - Returns: how it is written, or `nil` if it was refused.
    private static func examine(
        _ codec: MessageCodec,
        _ bytes: [UInt8],
        _ comment: Comment
    ) throws -> [UInt8]? {
        let input = ByteBuffer(bytes: bytes)
        guard let value = try? codec.read(input) else { return nil }
        let size = WireValue.byteCount(of: value)
        // An element takes at least one byte on the wire, and none is larger than 512 bytes in memory.
        #expect(size <= 512 * bytes.count, "\(comment): \(size) bytes from \(bytes.count)")
        let written: ByteBuffer
        do {
            written = try codec.write(value)
        } catch let error as WireError where error.code == .invalidLength {
            // Repaired UTF-8 is up to three times as long, and may be too long to be written.
            return nil
        }
        let again = try codec.read(written)
        #expect(WireValue.areEqual(value, again), comment)
        #expect(try codec.write(again) == written, comment)
        return Array(written.readableBytesView)
    }

    private static func comment(_ codec: MessageCodec, _ seed: UInt64, _ bytes: [UInt8]) -> Comment
    {
        let digits = bytes.prefix(400).map { String($0, radix: 16) }.joined(separator: " ")
        return "\(codec), seed \(seed): \(digits)"
    }

    @Test(arguments: [UInt64(101), 102, 103, 104])
    func changedMessagesAreRefusedOrReadBackTheSame(seed: UInt64) throws {
        var mutator = Mutator(random: TestRandom(seed: seed))
        for codec in try MessageCodec.all() {
            var pool = [codec.empty]
            var longest = codec.empty.count
            for _ in 0..<Self.rounds {
                let model = pool.randomElement(using: &mutator.random) ?? codec.empty
                let bytes = mutator.mutated(model)
                let comment = Self.comment(codec, seed, bytes)
                guard let written = try Self.examine(codec, bytes, comment) else { continue }
                guard written.count > longest || pool.count < Self.poolMax / 2 else { continue }
                longest = max(longest, written.count)
                if pool.count == Self.poolMax { pool.removeFirst() }
                pool.append(written)
            }
            #expect(pool.count > 1, "\(codec), seed \(seed): nothing but the first was readable")
        }
    }

    @Test(arguments: [UInt64(201), 202])
    func randomBytesAreRefusedOrReadBackTheSame(seed: UInt64) throws {
        var random = TestRandom(seed: seed)
        for codec in try MessageCodec.all() {
            for _ in 0..<Self.rounds {
                let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                    UInt8.random(in: .min ... .max, using: &random)
                }
                _ = try Self.examine(codec, bytes, Self.comment(codec, seed, bytes))
            }
        }
    }

    @Test func aMessageCutShortAnywhereIsRefused() throws {
        for codec in try MessageCodec.all() {
            for count in 0..<codec.empty.count {
                let cut = ByteBuffer(bytes: codec.empty[..<count])
                #expect(throws: WireError.self, "\(codec) at \(count)") { try codec.read(cut) }
            }
        }
    }

    @Test(.disabled(if: MemoryLimit.isMeaningless, "a sanitizer takes memory of its own"))
    func claimsOfLengthTakeNoMemory() async {
        // In a process of its own, which has little more memory than it needs to start.
        await #expect(processExitsWith: .success) {
            try MemoryLimit.set(spareBytes: 48 << 20)
            var mutator = Mutator(random: TestRandom(seed: 301))
            for codec in try MessageCodec.all() {
                for place in 0...codec.empty.count {
                    for claim: [UInt8] in [
                        [0x7f, 0xff, 0xff, 0xff], [0x7f, 0xff], [0xff, 0xff, 0xff, 0xff, 0x07],
                        [0, 0x0f, 0, 0], [0, 0, 0x0f, 0xff], [0x0f, 0xff], [0x80, 0x1e],
                    ] {
                        var bytes = codec.empty
                        bytes.replaceSubrange(
                            place..<min(bytes.count, place + claim.count),
                            with: claim
                        )
                        bytes += [UInt8](repeating: 0, count: 4096)
                        _ = try? codec.read(ByteBuffer(bytes: bytes))
                        _ = try? codec.read(ByteBuffer(bytes: mutator.mutated(bytes)))
                    }
                }
            }
        }
    }

    @Test(.disabled(if: MemoryLimit.isMeaningless, "a sanitizer takes memory of its own"))
    func aProcessThatTakesTooMuchMemoryEnds() async {
        await #expect(processExitsWith: .failure) {
            try MemoryLimit.set(spareBytes: 48 << 20)
            var reserved: [Int32] = []
            reserved.reserveCapacity(64 << 20)
            // Reserved, not touched: that alone must be too much.
            exit(reserved.capacity > 0 ? 0 : 1)
        }
    }

    @Test func theComparisonSeesEveryField() throws {
        var topic = FetchResponse.Topic()
        topic.name = "t"
        var partition = FetchResponse.Partition()
        partition.records = ByteBuffer(string: "records")
        partition.abortedTransactions = [FetchResponse.AbortedTransaction()]
        topic.partitions = [partition]
        #expect(WireValue.areEqual(topic, topic))
        let changes: [(inout FetchResponse.Topic) -> Void] = [
            { $0.name = "u" }, { $0.partitions = [] }, { $0.partitions[0].index = 1 },
            { $0.partitions[0].error = .invalidRequest },
            { $0.partitions[0].logStartOffset = 0 }, { $0.partitions[0].records = nil },
            { $0.partitions[0].records = ByteBuffer(string: "others") },
            { $0.partitions[0].abortedTransactions = nil },
            { $0.partitions[0].abortedTransactions?[0].producerID = 1 },
        ]
        for (number, change) in changes.enumerated() {
            var other = topic
            change(&other)
            #expect(!WireValue.areEqual(topic, other), "change \(number)")
        }
    }

    @Test(arguments: [UInt64(401), 402])
    func changedHeadersAreRefusedOrReadBackTheSame(seed: UInt64) throws {
        var mutator = Mutator(random: TestRandom(seed: seed))
        var accepted = 0
        for isFlexible in [false, true] {
            var model = ByteBuffer()
            let header = RequestHeader(
                key: .fetch,
                version: 12,
                correlationID: 7,
                clientID: "tester"
            )
            try header.write(to: &model, isFlexible: isFlexible)
            for _ in 0..<5_000 {
                let bytes = mutator.mutated(Array(model.readableBytesView))
                guard let read = try? Self.readHeader(bytes, isFlexible) else { continue }
                accepted += 1
                var written = ByteBuffer()
                try read.write(to: &written, isFlexible: isFlexible)
                #expect(try Self.readHeader(Array(written.readableBytesView), isFlexible) == read)
            }
        }
        #expect(accepted > 1_000)
    }

    private static func readHeader(_ bytes: [UInt8], _ isFlexible: Bool) throws -> RequestHeader {
        var buffer = ByteBuffer(bytes: bytes)
        var header = try RequestHeader(from: &buffer)
        try header.readRest(from: &buffer, isFlexible: isFlexible)
        return header
    }
}
