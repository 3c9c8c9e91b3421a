/// Where a device is in its inbox partition: everything below `offset` is safe on the device.
///
/// Opaque to clients: they keep the text and give it back. A position of another epoch (the topic was made anew)
/// is refused and never misread.
public struct InboxPosition: Hashable, Sendable, CustomStringConvertible {
    /// Changes when the inbox topic is made anew.
    public let epoch: UInt64
    /// The first offset that the device does not have.
    public let offset: Offset

    /// A position of its parts.
    public init(epoch: UInt64, offset: Offset) {
        self.epoch = epoch
        self.offset = offset
    }

    /// Reads what `description` shows; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt64(parts[0], radix: 36),
            let offset = Int64(parts[1]), offset >= 0, text.utf8.count <= 40
        else { return nil }
        self.init(epoch: epoch, offset: Offset(offset))
    }

    /// The opaque text: the epoch in base 36, a dot, the offset.
    public var description: String { "\(String(epoch, radix: 36)).\(offset)" }
}
