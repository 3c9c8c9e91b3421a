/// Changes bytes as an attacker, a defect or another version would.
struct Mutator {
    var random: TestRandom

    private static let numbers: [[UInt8]] = [
        [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0xff, 0xff, 0xff, 0xff],
        [0xff, 0xff, 0xff, 0xfe], [0, 3, 0x0d, 0x40], [0x7f, 0xff], [0x80, 0], [0xff, 0xfe],
        [0xff, 0xff, 0xff, 0xff, 0x0f], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    ]

    private mutating func place(in bytes: [UInt8]) -> Int {
        Int.random(in: 0...bytes.count, using: &random)
    }

    /// The bytes with one to four changes.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = place(in: bytes)
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where place < bytes.count:
            bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1 where place < bytes.count:
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 4))
        case 3: bytes.removeSubrange(place...)
        case 4:
            let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 5:
            let number = Self.numbers.randomElement(using: &random) ?? []
            bytes.replaceSubrange(place..<min(bytes.count, place + number.count), with: number)
        default:
            grow(&bytes, at: place)
        }
    }

    /// Makes a length larger and gives it something to be the length of: so arrays come to have elements.
    private mutating func grow(_ bytes: inout [UInt8], at place: Int) {
        if place < bytes.count { bytes[place] &+= UInt8.random(in: 1...2, using: &random) }
        let room = [UInt8](repeating: 0, count: Int.random(in: 1...24, using: &random))
        bytes.insert(contentsOf: room, at: min(bytes.count, place + 1))
    }
}
