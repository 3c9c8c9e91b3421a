import Events

extension StoreValue {
    /// Appends the canonical form: a tag, then eight bytes big-endian, or a length of four and the bytes.
    func append(to bytes: inout [UInt8]) {
        switch self {
        case .null:
            bytes.append(0)
        case .integer(let number):
            bytes.append(1)
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let text):
            bytes.append(2)
            var text = text
            text.withUTF8 { Self.append($0, to: &bytes) }
        case .bytes(let content):
            bytes.append(3)
            content.withUnsafeBufferPointer { Self.append($0, to: &bytes) }
        }
    }

    private static func append(_ content: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(content.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: content)
    }

    /// How keys compare: null, numbers, texts by their bytes, bytes.
    static func precedes(_ left: [StoreValue], _ right: [StoreValue]) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            switch (one, other) {
            case (.integer(let one), .integer(let other)): return one < other
            case (.bytes(let one), .bytes(let other)): return one.lexicographicallyPrecedes(other)
            case (.text(let one), .text(let other)):
                return one.utf8.lexicographicallyPrecedes(other.utf8)
            default: return one.rank < other.rank
            }
        }
        return left.count < right.count
    }

    private var rank: Int {
        switch self {
        case .null: 0
        case .integer: 1
        case .text: 2
        case .bytes: 3
        }
    }
}

extension StoreRow {
    /// The key in words: `conversation=… seq=7`.
    ///
    /// Identifiers and numbers, no content.
    public var keyDescription: String {
        zip(table.columns, key).map { column, value in
            switch value {
            case .null: "\(column)=null"
            case .integer(let number): "\(column)=\(number)"
            case .text: "\(column)=(text)"
            case .bytes(let bytes):
                "\(column)=\(Identifier<StoreTable>(bytes: bytes)?.description ?? "(bytes)")"
            }
        }.joined(separator: " ")
    }
}
