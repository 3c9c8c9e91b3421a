import Foundation
import KafkaWire
import NIOCore
import TestKit

/// The record batches in a stopped broker's segment files.
enum StoredBatches {
    /// The number of each batch's compression, in the order of the log.
    static func codecs(of topic: String, _ partition: Int, in data: String) throws -> [Int] {
        let topics = "\(data)/broker/topics"
        let folders = try FileManager.default.contentsOfDirectory(atPath: topics)
        guard let folder = folders.first(where: { $0.hasPrefix("\(topic)~") }) else {
            throw HarnessError("no folder of \(topic) in \(folders)")
        }
        let path = "\(topics)/\(folder)/\(partition)"
        let segments = try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasSuffix(".log") }.sorted()
        var codecs: [Int] = []
        for segment in segments {
            guard let bytes = FileManager.default.contents(atPath: "\(path)/\(segment)") else {
                throw HarnessError("\(segment) can't be read")
            }
            let buffer = ByteBuffer(bytes: bytes)
            var index = 0
            while index < buffer.writerIndex {
                let header = try RecordBatch.validate(buffer, at: index)
                codecs.append(Int(header.attributes & 0x07))
                index += header.totalSize
            }
        }
        return codecs
    }
}
