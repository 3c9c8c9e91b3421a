import Foundation

/// The records that all client programs send: a function of their index (`Clients/lines.py` has the same).
enum SampleRecord {
    /// The timestamp of record 0: an hour ago, so that no retention applies.
    static let timestamp = Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000

    static func key(_ index: Int) -> String { "key-\(index % 37)" }

    static func value(_ index: Int) -> String {
        "record-\(index) " + String(repeating: "abcdefgh", count: 8)
    }

    /// Which record a value is of.
    static func index(of value: String) -> Int? {
        guard value.hasPrefix("record-"), let word = value.split(separator: " ").first else {
            return nil
        }
        return Int(word.dropFirst("record-".count))
    }

    /// Names, and values in hexadecimal digits.
    static func headers(_ index: Int) -> [[String]] {
        let number = String(index).utf8.map { String($0, radix: 16) }.joined()
        return [
            ["index", number], ["twice", "31"], ["twice", "32"], ["empty", ""], ["bytes", "00ff"],
        ]
    }
}
