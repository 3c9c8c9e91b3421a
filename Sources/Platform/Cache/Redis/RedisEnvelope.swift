/// How a value lies in a Redis: with its key, so that what somebody else wrote, or the answer to another question, is never taken for it.
///
/// Version 1: a byte 1, the key's length in 2 bytes, the value's in 4, big-endian, the key, the value.
enum RedisEnvelope {
    static let version: UInt8 = 1
    private static let headerBytes = 7

    /// How long a sealed value is at most.
    static func bytesMax(keyBytesMax: Int, valueBytesMax: Int) -> Int {
        headerBytes + keyBytesMax + valueBytesMax
    }

    static func seal(_ value: [UInt8], under key: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + key.count + value.count)
        bytes.append(version)
        withUnsafeBytes(of: UInt16(key.count).bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(value.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes += key
        bytes += value
        return bytes
    }

    /// The value, if this is one of that key.
    static func open(_ bytes: [UInt8], under key: [UInt8]) -> [UInt8]? {
        guard bytes.count >= headerBytes + key.count, bytes[0] == version else { return nil }
        let keyLength = bytes[1..<3].reduce(0) { $0 << 8 | Int($1) }
        let valueLength = bytes[3..<7].reduce(0) { $0 << 8 | Int($1) }
        let content = bytes[headerBytes...]
        guard keyLength == key.count, content.count == keyLength + valueLength,
            content.prefix(keyLength).elementsEqual(key)
        else { return nil }
        return Array(content.dropFirst(keyLength))
    }
}
