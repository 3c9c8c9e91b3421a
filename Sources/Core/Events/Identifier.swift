/// A 16-byte name of one kind of thing.
///
/// Shown as 26 characters of lower-case Crockford base32. Compares as its bytes do, so UUIDv7
/// identifiers order by time. `Kind` only keeps identifiers of different things apart.
public struct Identifier<Kind>: Hashable, Sendable {
    /// Bytes 0 to 7, big-endian.
    public let high: UInt64
    /// Bytes 8 to 15, big-endian.
    public let low: UInt64

    /// Makes an identifier of its two halves.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads an identifier from exactly 16 bytes; `nil` for any other count.
    ///
    /// Inlinable: every record has some, and unspecialised it costs more than the rest of the decoding.
    @inlinable
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        // Two loads instead of sixteen steps of an iterator, which for `Data` is no small thing.
        let loaded = bytes.withContiguousStorageIfAvailable { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            return Self(
                high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        if let loaded {
            self = loaded
            return
        }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (place, byte) in bytes.enumerated() {
            if place < 8 {
                high = high << 8 | UInt64(byte)
            } else {
                low = low << 8 | UInt64(byte)
            }
        }
        self.init(high: high, low: low)
    }

    /// Reads the 26 characters that `description` shows, in either case; `nil` if they are not that.
    public init?(_ text: some StringProtocol) {
        guard let (high, low) = Crockford32.decode(text.utf8) else { return nil }
        self.init(high: high, low: low)
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for place in 0..<8 {
                let shift = UInt64(56 - 8 * place)
                buffer[place] = UInt8(truncatingIfNeeded: high >> shift)
                buffer[place + 8] = UInt8(truncatingIfNeeded: low >> shift)
            }
            count = 16
        }
    }

    /// The milliseconds since 1970 that a UUIDv7 carries in its first 48 bits.
    ///
    /// Meaningless for derived identifiers (accounts, direct conversations).
    public var uuidTimestamp: Timestamp {
        Timestamp(milliseconds: Int64(high >> 16))
    }

    /// Whether version and variant bits say UUIDv7 (RFC 9562, section 5.7).
    public var isUUIDv7: Bool {
        (high >> 12) & 0xF == 7 && low >> 62 == 0b10
    }
}

extension Identifier: Comparable {
    /// Orders as the bytes do.
    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Identifier: CustomStringConvertible {
    /// 26 characters of lower-case Crockford base32.
    public var description: String { Crockford32.encode(high: high, low: low) }
}

extension Identifier: Codable {
    /// Reads the 26-character form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "an identifier is 26 base32 characters"
            )
        }
        self = value
    }

    /// Writes the 26-character form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Keeps account identifiers apart from others.
public enum AccountKind {}
/// Keeps device identifiers apart from others.
public enum DeviceKind {}
/// Keeps conversation identifiers apart from others.
public enum ConversationIDKind {}
/// Keeps submission identifiers apart from others.
public enum SubmissionKind {}
/// Keeps session identifiers apart from others.
public enum SessionKind {}

/// Names a person; derived from the person's address (`AccountID.init(address:directoryKey:)`).
public typealias AccountID = Identifier<AccountKind>
/// Names one client installation of an account: a UUIDv7.
public typealias DeviceID = Identifier<DeviceKind>
/// Names a conversation: derived from its two accounts if direct, a UUIDv7 otherwise.
public typealias ConversationID = Identifier<ConversationIDKind>
/// Names what a device asked for, and the message that it posted: a UUIDv7 chosen by the device.
public typealias SubmissionID = Identifier<SubmissionKind>
/// Names one connection of one device: a UUIDv7.
public typealias SessionID = Identifier<SessionKind>
