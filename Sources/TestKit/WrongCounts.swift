/// What a judge found wrong, by kind: how often, and the first few of each in words.
public struct WrongCounts<Kind>: Sendable, Equatable, CustomStringConvertible
where Kind: RawRepresentable<String> & CaseIterable & Hashable & Sendable {
    private static var examplesMax: Int { 5 }

    private var counts: [Kind: Int] = [:]
    private var examples: [String] = []

    /// Nothing is wrong so far.
    public init() {}

    /// How often something of this kind was found.
    public func count(_ kind: Kind) -> Int { counts[kind] ?? 0 }

    /// The kinds that were found.
    public var kinds: Set<Kind> { Set(counts.keys) }

    /// Whether nothing is wrong.
    public var isEmpty: Bool { counts.isEmpty }

    /// Something of this kind is wrong.
    public mutating func found(_ kind: Kind, _ example: @autoclosure () -> String) {
        counts[kind, default: 0] += 1
        if count(kind) <= Self.examplesMax {
            examples.append("  \(kind.rawValue): \(example())")
        }
    }

    /// All counts, those of 0 included, one a line; then the examples.
    public var description: String {
        (Kind.allCases.map { "\($0.rawValue) \(count($0))" } + examples).joined(separator: "\n")
    }
}
