import NIOCore

/// The data folder's own facts.
struct StoreMeta: Sendable {
    var clusterID = ""
    /// The number of the topic to be made next.
    var nextTopic: UInt32 = 1
    /// Producer ids below this one may have been given.
    var producerIDsReserved: Int64 = 1

    init(clusterID: String = "") {
        self.clusterID = clusterID
    }

    init?(from content: ByteBuffer) {
        var buffer = content
        guard let clusterID = buffer.readCounted(),
            let (topic, producer) = buffer.readMultipleIntegers(as: (UInt32, Int64).self)
        else { return nil }
        self.clusterID = clusterID
        nextTopic = topic
        producerIDsReserved = producer
    }

    func encode() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeCounted(clusterID)
        buffer.writeMultipleIntegers(nextTopic, producerIDsReserved)
        return buffer
    }

    /// 22 random characters, as Kafka's cluster ids have.
    static func makeClusterID() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        return String((0..<22).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }
}
