/// A topic: its name, its settings and its partitions.
public struct Topic: Sendable {
    /// Its name.
    public let name: String
    /// Its number, which is never used again.
    public let number: UInt32
    /// Its settings.
    public let configuration: TopicConfiguration
    /// Its partitions in order.
    public internal(set) var partitions: [PartitionLog]

    /// The folder's name: the name, and the number behind a sign that no name has.
    var directoryName: String { "\(name)~\(number)" }

    /// How many partitions a topic may have.
    public static let partitionsMax = 1024
    /// How long a name may be.
    static let nameLengthMax = 240

    /// Checks a name: letters, digits, `.`, `_` and `-`.
    public static func isValid(name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= nameLengthMax && name != "." && name != ".."
            && name.utf8.allSatisfy {
                ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x41 && $0 <= 0x5a)
                    || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d
            }
    }
}
