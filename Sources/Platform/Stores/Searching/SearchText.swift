import Foundation

/// The words of a text, as they are indexed and looked for: in order, parted by single spaces.
///
/// Both engines index these words and nothing else, so both find the same. Whoever changes what they are has to begin the index anew, in a step of
/// the schema.
struct SearchText: Equatable {
    /// A longer word is cut: nobody types the end of it.
    static let wordBytesMax = 64
    /// More words of one text are left out; every text within the limits has fewer.
    static let wordsMax = 4096

    /// The words in UTF-8; empty: there are none.
    private(set) var bytes: [UInt8] = []
    private var count = 0
    /// The length of the word that is being written.
    private var length = 0

    /// The words of texts, one after the other.
    init(_ texts: [String]) {
        for var text in texts { text.withUTF8 { append($0) } }
    }

    /// The words of a text in UTF-8.
    init(utf8: ArraySlice<UInt8>) {
        utf8.withUnsafeBufferPointer { append($0) }
    }

    /// The words of a text, one by one.
    static func tokens(of text: String) -> [String] { SearchText([text]).tokens }

    /// The words one by one.
    var tokens: [String] {
        bytes.split(separator: Self.space).map { String(decoding: $0, as: UTF8.self) }
    }

    private static let space = UInt8(ascii: " ")

    // MARK: Taking a text apart

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.reserveCapacity(bytes.count + text.count + 1)
        if text.allSatisfy({ $0 < 0x80 }) {
            for byte in text { append(ascii: byte) }
        } else {
            append(scalarsOf: String(decoding: text, as: UTF8.self))
        }
        length = 0
    }

    private mutating func append(ascii byte: UInt8) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            guard hasRoom(for: 1) else { return }
            bytes.append(byte)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"):
            guard hasRoom(for: 1) else { return }
            bytes.append(byte | 0x20)
        default: length = 0
        }
    }

    private mutating func append(scalarsOf text: String) {
        // What is written in parts is the same as what is written in one: Hangul, and the voiced kana.
        let isComposed = text.unicodeScalars.allSatisfy { scalar in
            !(0x1100...0x11FF).contains(scalar.value) && !(0x3099...0x309A).contains(scalar.value)
        }
        let text = isComposed ? text : text.precomposedStringWithCanonicalMapping
        for scalar in text.unicodeScalars {
            switch SearchCharacter.of(scalar) {
            case .separator: length = 0
            case .ignored: break
            case .letter(let letter): append(letter)
            case .letters(let one, let other):
                append(one)
                append(other)
            case .alone(let letter):
                length = 0
                append(letter)
                length = 0
            }
        }
    }

    private mutating func append(_ letter: Unicode.Scalar) {
        let encoded = UTF8.encode(letter)
        guard let encoded, hasRoom(for: encoded.count) else { return }
        bytes.append(contentsOf: encoded)
    }

    /// Whether so many bytes more of the present word are kept; begins one if none was begun.
    private mutating func hasRoom(for more: Int) -> Bool {
        if length == 0 {
            guard count < Self.wordsMax else { return false }
            count += 1
            if !bytes.isEmpty { bytes.append(Self.space) }
        }
        // It counts what was cut as well: after a letter that did not fit none does.
        length += more
        return length <= Self.wordBytesMax
    }
}
