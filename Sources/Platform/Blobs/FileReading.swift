import Foundation

/// Reads from descriptors.
enum FileReading {
    /// Reads a range of a file: as much of it as there is.
    static func read(_ descriptor: Int32, _ range: Range<Int64>) throws(BlobError) -> [UInt8] {
        let wanted = Int(range.upperBound - range.lowerBound)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted, let base = buffer.baseAddress {
                let place = off_t(range.lowerBound) + off_t(count)
                let got = pread(descriptor, base + count, wanted - count, place)
                if got > 0 {
                    count += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    failure = errno
                    break
                }
            }
        }
        guard failure == 0 else { throw BlobError(errno: failure, "read") }
        return bytes
    }
}
