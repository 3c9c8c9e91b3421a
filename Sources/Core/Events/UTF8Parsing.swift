// Parsing without a `String` in between and without generic code: for decoders of frames that come by the thousand.

extension Identifier {
    /// Reads the 26 characters that `description` shows, given as UTF-8; `nil` if they are not that.
    public init?(utf8 bytes: UnsafeRawBufferPointer) {
        guard let (high, low) = Crockford32.decode(bytes) else { return nil }
        self.init(high: high, low: low)
    }
}

extension InboxPosition {
    /// Reads what `description` shows, given as UTF-8; `nil` for anything else.
    public init?(utf8 bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= 40, let dot = bytes.firstIndex(of: UInt8(ascii: ".")), dot > 0,
            dot + 1 < bytes.count
        else { return nil }
        var epoch: UInt64 = 0
        for byte in bytes[..<dot] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            let (product, overflow) = epoch.multipliedReportingOverflow(by: 36)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            epoch = sum
        }
        var offset: Int64 = 0
        for byte in bytes[(dot + 1)...] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (product, overflow) = offset.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            offset = sum
        }
        self.init(epoch: epoch, offset: Offset(offset))
    }
}
