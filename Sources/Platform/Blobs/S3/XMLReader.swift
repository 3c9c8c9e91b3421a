/// Reads XML from a server that may be hostile.
///
/// Depth, elements and text are bounded; declarations of types and entities are refused; the only references are `&lt; &gt; &amp; &quot;
/// &apos;` and characters by number. Attributes are skipped.
struct XMLReader {
    /// The document is not such as S3 writes.
    struct Malformed: Error {}

    static let depthMax = 16
    static let elementsMax = 50_000
    private static let referenceBytesMax = 10

    private let bytes: [UInt8]
    private var place = 0
    private var elements = 0
    private var open: [XMLElement] = []

    /// Reads a document to its end and gives its root.
    static func root(of bytes: [UInt8]) throws(Malformed) -> XMLElement {
        var reader = XMLReader(bytes)
        return try reader.read()
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func read() throws(Malformed) -> XMLElement {
        while place < bytes.count {
            if try skip(from: "<?", to: "?>") { continue }
            if try skip(from: "<!--", to: "-->") { continue }
            if starts(with: "</") {
                if let root = try close() { return try finish(root) }
            } else if bytes[place] == UInt8(ascii: "<") {
                if let root = try openElement() { return try finish(root) }
            } else if let last = open.indices.last {
                open[last].append(text: try text())
            } else {
                guard skipBlank() else { throw Malformed() }
            }
        }
        throw Malformed()
    }

    /// Nothing but blanks and comments may follow the root.
    private mutating func finish(_ root: XMLElement) throws(Malformed) -> XMLElement {
        while place < bytes.count {
            if try skip(from: "<!--", to: "-->") { continue }
            guard skipBlank() else { throw Malformed() }
        }
        return root
    }

    // MARK: Tags

    /// Reads a start tag; gives the root if that is all of the document.
    private mutating func openElement() throws(Malformed) -> XMLElement? {
        place += 1
        let element = XMLElement(name: try name())
        elements += 1
        guard elements <= Self.elementsMax, open.count < Self.depthMax else { throw Malformed() }
        // Attributes; a `>` may stand in a quoted value.
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let end = bytes[(place + 1)...].firstIndex(of: bytes[place]) else {
                    throw Malformed()
                }
                place = end + 1
            case UInt8(ascii: "/"):
                guard starts(with: "/>") else { throw Malformed() }
                place += 2
                guard let last = open.indices.last else { return element }
                open[last].append(element)
                return nil
            case UInt8(ascii: ">"):
                place += 1
                open.append(element)
                return nil
            case UInt8(ascii: "<"): throw Malformed()
            default: place += 1
            }
        }
        throw Malformed()
    }

    /// Reads an end tag; gives the root if it was its.
    private mutating func close() throws(Malformed) -> XMLElement? {
        place += 2
        let name = try name()
        while skipBlank() {}
        guard starts(with: ">"), let element = open.popLast(), element.name == name else {
            throw Malformed()
        }
        place += 1
        guard let last = open.indices.last else { return element }
        open[last].append(element)
        return nil
    }

    private mutating func name() throws(Malformed) -> String {
        let start = place
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        guard place > start else { throw Malformed() }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    // MARK: Text

    /// Reads text up to the next tag.
    private mutating func text() throws(Malformed) -> String {
        var read: [UInt8] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: "<") {
            if bytes[place] == UInt8(ascii: "&") {
                read += Array(try reference().utf8)
            } else {
                read.append(bytes[place])
                place += 1
            }
        }
        guard let text = String(validating: read, as: UTF8.self) else { throw Malformed() }
        return text
    }

    private mutating func reference() throws(Malformed) -> String {
        let range = (place + 1)..<min(place + 1 + Self.referenceBytesMax, bytes.count)
        guard let end = bytes[range].firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
        let name = String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
        place = end + 1
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { throw Malformed() }
            let number =
                name.hasPrefix("#x")
                ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(1))
            guard let scalar = number.flatMap(Unicode.Scalar.init) else { throw Malformed() }
            return String(Character(scalar))
        }
    }

    // MARK: Bytes

    private func starts(with text: String) -> Bool {
        bytes[place...].starts(with: text.utf8)
    }

    private mutating func skipBlank() -> Bool {
        guard place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) else {
            return false
        }
        place += 1
        return true
    }

    /// Skips what begins and ends like this, if it is here.
    private mutating func skip(from start: String, to end: String) throws(Malformed) -> Bool {
        guard starts(with: start) else { return false }
        let end = Array(end.utf8)
        place += start.utf8.count
        while place + end.count <= bytes.count {
            if bytes[place...].starts(with: end) {
                place += end.count
                return true
            }
            place += 1
        }
        throw Malformed()
    }
}
