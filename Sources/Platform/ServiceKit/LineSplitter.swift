/// Cuts a stream of bytes into lines, bounded in memory: a longer line comes in pieces.
public struct LineSplitter: Sendable {
    private let lineBytesMax: Int
    private var rest: [UInt8] = []

    /// A splitter whose lines are at most so long, in bytes.
    public init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
    }

    /// Takes bytes in and hands over every line that they complete, without its end.
    ///
    /// Bytes that are not UTF-8 are replaced.
    public mutating func append(_ bytes: some Sequence<UInt8>, _ body: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                hand(to: body)
            } else {
                rest.append(byte)
                if rest.count >= lineBytesMax { hand(to: body) }
            }
        }
    }

    /// Hands over what is left without an end of line.
    public mutating func finish(_ body: (String) -> Void) {
        if !rest.isEmpty { hand(to: body) }
    }

    private mutating func hand(to body: (String) -> Void) {
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        body(String(decoding: rest, as: UTF8.self))
        rest.removeAll(keepingCapacity: true)
    }
}
