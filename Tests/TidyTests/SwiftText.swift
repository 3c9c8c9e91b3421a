/// As much understanding of Swift's syntax as the tidy tests need.
enum SwiftText {
    /// A function, initialiser, accessor or closure-free body that was found by counting braces.
    struct Function: Equatable {
        /// The line of its declaration, from 1.
        let line: Int
        /// The text of that line, trimmed.
        let declaration: String
        /// The lines between its braces, both included.
        let length: Int
    }

    /// The text with spaces in the place of comments and of the contents of string literals; lines stay where they are.
    static func withoutCommentsAndLiterals(_ text: String) -> String {
        var blanker = Blanker(Array(text.utf8))
        blanker.run()
        return String(decoding: blanker.output, as: UTF8.self)
    }

    /// The functions in code without comments and literals.
    static func functions(in code: [String]) -> [Function] {
        var found: [Function] = []
        var open: [(depth: Int, line: Int, declaration: String)] = []
        var waiting: (line: Int, declaration: String)?
        var depth = 0
        var parentheses = 0
        for (index, line) in code.enumerated() {
            if startsFunction(line), waiting == nil || parentheses <= 0 {
                waiting = (index + 1, line.trimmed)
                parentheses = 0
            }
            for character in line {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{":
                    depth += 1
                    if let start = waiting, parentheses <= 0 {
                        open.append((depth, start.line, start.declaration))
                        waiting = nil
                    }
                case "}":
                    if let last = open.last, last.depth == depth {
                        open.removeLast()
                        found.append(
                            Function(
                                line: last.line,
                                declaration: last.declaration,
                                length: index + 2 - last.line
                            )
                        )
                    }
                    depth -= 1
                    // A requirement of a protocol has no body.
                    if waiting != nil, parentheses <= 0 { waiting = nil }
                default: break
                }
            }
        }
        return found
    }

    private static func startsFunction(_ line: String) -> Bool {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        let modifiers: Set<Substring> = [
            "public", "private", "fileprivate", "internal", "package", "static", "final",
            "override", "mutating", "nonmutating", "convenience", "required", "nonisolated",
            "isolated", "borrowing", "consuming", "inlinable", "discardableResult", "Sendable",
            "inline", "__always", "never", "usableFromInline", "class", "test", "Test",
        ]
        guard let word = words.first(where: { !modifiers.contains($0) }) else { return false }
        return ["func", "init", "deinit", "subscript"].contains(word)
    }
}

extension String {
    var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// Replaces comments and the contents of string literals by spaces.
private struct Blanker {
    private let input: [UInt8]
    private var at = 0
    var output: [UInt8] = []

    init(_ input: [UInt8]) {
        self.input = input
        output.reserveCapacity(input.count)
    }

    mutating func run() {
        while at < input.count {
            if starts("//") {
                while at < input.count, input[at] != UInt8(ascii: "\n") { blankOne() }
            } else if starts("/*") {
                blockComment()
            } else if let hashes = literalStart() {
                literal(hashes: hashes)
            } else {
                keep()
            }
        }
    }

    private func starts(_ text: StaticString, at place: Int? = nil) -> Bool {
        let place = place ?? at
        let count = text.utf8CodeUnitCount
        guard place + count <= input.count else { return false }
        return (0..<count).allSatisfy { input[place + $0] == text.utf8Start[$0] }
    }

    private mutating func keep(_ count: Int = 1) {
        output += input[at..<min(at + count, input.count)]
        at += count
    }

    private mutating func blankOne() {
        output.append(input[at] == UInt8(ascii: "\n") ? input[at] : UInt8(ascii: " "))
        at += 1
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blankOne()
            } else if starts("*/") {
                depth -= 1
                blankOne()
            }
            if at < input.count { blankOne() }
        } while depth > 0 && at < input.count
    }

    /// How many `#` stand before a quotation mark here; `nil` if no literal starts here.
    private func literalStart() -> Int? {
        var place = at
        while place < input.count, input[place] == UInt8(ascii: "#") { place += 1 }
        guard place < input.count, input[place] == UInt8(ascii: "\"") else { return nil }
        return place - at
    }

    private func hashesFollow(_ place: Int, _ hashes: Int) -> Bool {
        place + hashes <= input.count
            && (0..<hashes).allSatisfy { input[place + $0] == UInt8(ascii: "#") }
    }

    private mutating func literal(hashes: Int) {
        keep(hashes)
        let isLong = starts("\"\"\"")
        let quote = isLong ? 3 : 1
        keep(quote)
        while at < input.count {
            let closes = isLong ? starts("\"\"\"") : input[at] == UInt8(ascii: "\"")
            if closes, hashesFollow(at + quote, hashes) {
                keep(quote + hashes)
                return
            }
            if !isLong, input[at] == UInt8(ascii: "\n") { return }
            if input[at] == UInt8(ascii: "\\"), hashesFollow(at + 1, hashes) {
                let next = at + 1 + hashes
                if next < input.count, input[next] == UInt8(ascii: "(") {
                    interpolation(prefix: hashes + 2)
                    continue
                }
                for _ in 0..<(1 + hashes) where at < input.count { blankOne() }
            }
            if at < input.count { blankOne() }
        }
    }

    /// What stands between `\(` and `)` is blanked too: no function starts there.
    private mutating func interpolation(prefix: Int) {
        for _ in 0..<prefix where at < input.count { blankOne() }
        var depth = 1
        while at < input.count, depth > 0 {
            switch input[at] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\""):
                // A literal inside an interpolation.
                let kept = output.count
                literal(hashes: 0)
                for place in kept..<output.count where output[place] != UInt8(ascii: "\n") {
                    output[place] = UInt8(ascii: " ")
                }
                continue
            default: break
            }
            blankOne()
        }
    }
}
