/// Computes partitions as Kafka's own clients do, so that any producer agrees where a key lives.
public enum Partitioner {
    /// The partition of a key: murmur2 of the bytes, made positive, modulo the count.
    ///
    /// Source: `org.apache.kafka.common.utils.Utils.murmur2` and `BuiltInPartitioner`; librdkafka's
    /// `murmur2` partitioner.
    ///
    /// - Precondition: `count` is positive.
    public static func partition(of key: some Collection<UInt8>, count: Int) -> Partition {
        precondition(count > 0, "a topic has at least one partition")
        return Partition(Int32(Int(murmur2(key) & 0x7FFF_FFFF) % count))
    }

    /// The partition of an identifier's 16 bytes.
    public static func partition<Kind>(of id: Identifier<Kind>, count: Int) -> Partition {
        partition(of: id.bytes, count: count)
    }

    /// 32-bit murmur2 with Kafka's seed.
    static func murmur2(_ bytes: some Collection<UInt8>) -> UInt32 {
        let multiplier: UInt32 = 0x5BD1_E995
        var hash: UInt32 = 0x9747_B28C ^ UInt32(truncatingIfNeeded: bytes.count)
        var index = bytes.startIndex
        var left = bytes.count
        func take() -> UInt32 {
            defer { index = bytes.index(after: index) }
            return UInt32(bytes[index])
        }
        while left >= 4 {
            var word = take() | take() << 8 | take() << 16 | take() << 24
            word &*= multiplier
            word ^= word >> 24
            word &*= multiplier
            hash = hash &* multiplier ^ word
            left -= 4
        }
        if left > 0 {
            for shift in stride(from: UInt32(0), to: UInt32(8 * left), by: 8) {
                hash ^= take() << shift
            }
            hash &*= multiplier
        }
        hash ^= hash >> 13
        hash &*= multiplier
        hash ^= hash >> 15
        return hash
    }
}
