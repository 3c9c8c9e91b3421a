import KafkaWire
import NIOCore
import Testing

@Suite struct CRC32CTests {
    @Test func agreesWithPublishedVectors() {
        // RFC 3720, B.4, and the customary check value.
        #expect(CRC32C.checksum(ByteBuffer(string: "123456789")) == 0xe306_9283)
        #expect(CRC32C.checksum(ByteBuffer(repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum(ByteBuffer(repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum(ByteBuffer(bytes: 0..<32)) == 0x46dd_794e)
    }

    @Test func isTheSameInPieces() {
        var random = TestRandom(seed: 1)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...100, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            var crc = CRC32C()
            bytes.withUnsafeBytes { whole in
                crc.update(UnsafeRawBufferPointer(rebasing: whole[..<cut]))
                crc.update(UnsafeRawBufferPointer(rebasing: whole[cut...]))
            }
            #expect(crc.value == CRC32C.checksum(ByteBuffer(bytes: bytes)))
        }
    }
}
