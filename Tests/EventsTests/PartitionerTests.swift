import Testing

@testable import Events

@Suite struct PartitionerTests {
    /// From Apache Kafka's `UtilsTest.testMurmur2`.
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("abc", 479_470_107),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ] as [(String, Int32)]
    )
    func murmur2IsThatOfKafka(text: String, hash: Int32) {
        #expect(Int32(bitPattern: Partitioner.murmur2(Array(text.utf8))) == hash)
    }

    /// From librdkafka's `unittest_murmur2`.
    @Test(
        arguments: [
            ("kafka", 0xD067_CF64), ("giberish123456789", 0x8F55_2B0C), ("1234", 0x9FC9_7B14),
            ("234", 0xE7C0_09CA), ("34", 0x8739_30DA), ("4", 0x5A4B_5CA1), ("", 0x106E_08D9),
        ] as [(String, UInt32)]
    )
    func murmur2IsThatOfLibrdkafka(text: String, hash: UInt32) {
        #expect(Partitioner.murmur2(Array(text.utf8)) == hash)
    }

    @Test func partitionsAreWithinTheCount() {
        var random = SystemRandomNumberGenerator()
        var used: Set<Partition> = []
        for _ in 0..<1000 {
            let id = ConversationID(high: random.next(), low: random.next())
            let partition = Partitioner.partition(of: id, count: 12)
            #expect((0..<12).contains(partition.number))
            #expect(partition == Partitioner.partition(of: id.bytes, count: 12))
            used.insert(partition)
        }
        #expect(used.count == 12)
        #expect(Partitioner.partition(of: [1, 2, 3], count: 1) == Partition(0))
    }
}
