import Events

/// The text of a message: valid UTF-8 within the limits, as bytes, so that it is copied and never re-encoded.
public struct MessageText: Equatable, Sendable {
    /// The UTF-8 bytes; may be a slice of the record that they came in.
    public let utf8: ArraySlice<UInt8>

    /// Why bytes are not a message's text.
    public enum Fault: Error, Equatable, Sendable {
        /// No characters.
        case empty
        /// More than `Limits.messageCharactersMax` characters or `Limits.messageBytesMax` bytes.
        case tooLong
        /// Not UTF-8.
        case invalidUTF8
    }

    /// Checks bytes against the limits.
    ///
    /// Characters are Unicode scalars.
    public init(_ utf8: ArraySlice<UInt8>) throws(Fault) {
        guard !utf8.isEmpty else { throw .empty }
        guard utf8.count <= Limits.messageBytesMax else { throw .tooLong }
        guard let characters = UTF8Check.scalarCount(utf8) else { throw .invalidUTF8 }
        guard characters <= Limits.messageCharactersMax else { throw .tooLong }
        self.utf8 = utf8
    }
}
