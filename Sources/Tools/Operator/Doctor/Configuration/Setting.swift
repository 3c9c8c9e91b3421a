/// A setting that services understand.
struct Setting: Sendable {
    /// What a value must be.
    enum Kind: Sendable {
        case text
        case integer(ClosedRange<Int>)
        case boolean
        case choice([String])
        /// A name of an instance: 1 to 64 letters, digits, dots, underscores and hyphens.
        case instance
        /// What this says nothing against: why a value is refused, without what is secret in it.
        case checked(@Sendable (String) -> String?)
    }

    /// Such as `portBase` or `store.url`.
    let key: String
    let kind: Kind
    /// Whether it may be given for one service: `gateway.port`.
    var isPerService = false

    /// Why a value is refused, or `nil`.
    ///
    /// Never the value itself, which may hold a password.
    func complaint(about value: String) -> String? {
        switch kind {
        case .text: return nil
        case .integer(let range):
            guard let number = Int(value) else { return "must be a number" }
            return range.contains(number)
                ? nil : "must lie between \(range.lowerBound) and \(range.upperBound)"
        case .boolean:
            return ["true", "false", "yes", "no", "1", "0"].contains(value.lowercased())
                ? nil : "must be true or false"
        case .choice(let words):
            return words.contains(value.lowercased())
                ? nil : "must be one of \(words.joined(separator: ", "))"
        case .instance:
            return Self.isInstance(value)
                ? nil : "must be 1 to 64 letters, digits, dots, underscores and hyphens"
        case .checked(let complaint): return complaint(value)
        }
    }

    private static func isInstance(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.allSatisfy { character in
                character.isASCII
                    && (character.isLetter || character.isNumber || "._-".contains(character))
            }
    }
}
