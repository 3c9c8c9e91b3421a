/// Looks at a record of `accounts` without decoding it: most are about something else than devices.
enum AccountRecordScan {
    private static let deviceAdded: UInt64 = 17
    private static let deviceRemoved: UInt64 = 18

    /// Whether the record adds or removes a device, or is not understood here, so that the decoding has to say.
    ///
    /// Goes from field to field (protobuf.dev, "Encoding"): tag, then a varint, 4 or 8 bytes, or a length and as many bytes.
    static func mayConcernDevices(_ bytes: [UInt8]) -> Bool {
        var place = 0
        while place < bytes.count {
            guard let tag = varint(bytes, &place) else { return true }
            let field = tag >> 3
            if field == deviceAdded || field == deviceRemoved { return true }
            let length: UInt64
            switch tag & 7 {
            case 0:
                guard varint(bytes, &place) != nil else { return true }
                continue
            case 1: length = 8
            case 2:
                guard let announced = varint(bytes, &place) else { return true }
                length = announced
            case 5: length = 4
            default: return true
            }
            guard length <= UInt64(bytes.count - place) else { return true }
            place += Int(length)
        }
        return false
    }

    private static func varint(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
