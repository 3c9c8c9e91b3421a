/// Chance that can be had again: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that always gives the same numbers for a seed.
    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number from 0 up to, and not including, 1.
    mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number from 0 up to, and not including, `count`; all about as likely.
    mutating func below(_ count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
