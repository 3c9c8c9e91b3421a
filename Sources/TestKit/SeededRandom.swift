/// Chance that can be had again: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that always gives the same numbers for a seed.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A generator of its own for a part of the test, so that the parts do not disturb one another.
    public mutating func split() -> SeededRandom {
        SeededRandom(seed: next())
    }

    /// The seed named by an environment variable, or a new one.
    public static func seed(_ text: String?) -> UInt64 {
        text.flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999_999)
    }
}
