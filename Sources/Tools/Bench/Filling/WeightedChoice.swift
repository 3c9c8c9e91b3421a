import Foundation

/// Draws places with given weights, in constant time (Walker's alias method, as Vose builds its table).
struct WeightedChoice: Sendable {
    /// How likely a place, once it was hit, stands for itself.
    private var shares: [Double]
    /// What it stands for otherwise.
    private var others: [Int32]

    /// A choice among as many places as there are weights.
    ///
    /// - Precondition: there is a weight, none is negative, and one is more than 0.
    init(_ weights: [Double]) {
        let total = weights.reduce(0, +)
        precondition(total > 0, "nothing to choose from")
        shares = weights.map { $0 * Double(weights.count) / total }
        others = weights.indices.map { Int32($0) }
        var small = shares.indices.filter { shares[$0] < 1 }
        var large = shares.indices.filter { shares[$0] >= 1 }
        while let low = small.popLast(), let high = large.last {
            others[low] = Int32(high)
            shares[high] -= 1 - shares[low]
            if shares[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
    }

    /// A choice in which the place of rank k, from 1, has the weight 1 / k^exponent (Zipf).
    init(zipf count: Int, exponent: Double) {
        self.init((1...count).map { pow(Double($0), -exponent) })
    }

    /// A place.
    func next(_ random: inout SeededRandom) -> Int {
        let place = random.below(shares.count)
        return random.share() < shares[place] ? place : Int(others[place])
    }
}
