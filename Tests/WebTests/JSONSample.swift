import Foundation
import TestKit

@testable import Web

/// Makes, writes, measures and compares JSON values, without the reader under test.
enum JSONSample {
    typealias Value = JSONObject.Value

    // MARK: Making

    /// An object that keeps within the reader's bounds.
    static func object(depth: Int, _ random: inout SeededRandom) -> Value {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            _ = object.add(string(&random), value(depth: depth, &random))
        }
        return .object(object)
    }

    private static func value(depth: Int, _ random: inout SeededRandom) -> Value {
        let isDeep = depth >= JSONObject.depthMax
        switch Int.random(in: 0..<(isDeep ? 5 : 7), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(integer(&random))
        case 3: return .number(numbers[Int.random(in: 0..<numbers.count, using: &random)])
        case 4: return .string(string(&random))
        case 5: return object(depth: depth + 1, &random)
        default:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in value(depth: depth + 1, &random) })
        }
    }

    /// Numbers that are not whole ones of 64 bits, or are not written as if they were.
    private static let numbers: [Double] = [
        0.5, -1000, 1.25e-7, 18_446_744_073_709_551_616, 0, -52.5200066, .infinity, 1e300,
    ]

    private static func integer(_ random: inout SeededRandom) -> Int64 {
        let bits = Int64(bitPattern: random.next())
        return bits >> Int64.random(in: 0..<64, using: &random)
    }

    private static func string(_ random: inout SeededRandom) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let highest: [UInt32] = [0x1F, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF]
            let top = highest[Int.random(in: 0..<5, using: &random)]
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...top, using: &random)) {
                text.append(scalar)
            }
        }
        return String(text)
    }

    // MARK: Writing

    /// The value as text, the plainest way.
    static func text(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): text(number)
        case .string(let text): JSONText.quoted(text)
        case .array(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
        case .object(let object):
            "{"
                + object.members.map { JSONText.quoted($0.name) + ":" + text($0.value) }
                .joined(separator: ",") + "}"
        }
    }

    private static func text(_ number: Double) -> String {
        guard number.isFinite else { return number > 0 ? "1e999" : "-1e999" }
        return number.description
    }

    /// The value as text, with space and escapes where they may be.
    static func text(_ value: Value, _ random: inout SeededRandom) -> String {
        switch value {
        case .string(let text): return quoted(text, &random)
        case .number(let number):
            let plain = text(number)
            return Bool.random(using: &random) ? plain : plain.uppercased()
        case .array(let elements):
            var parts: [String] = []
            for element in elements {
                parts.append(space(&random) + text(element, &random) + space(&random))
            }
            let inner = parts.isEmpty ? space(&random) : parts.joined(separator: ",")
            return "[" + inner + "]"
        case .object(let object):
            var parts: [String] = []
            for (name, value) in object.members {
                parts.append(
                    space(&random) + quoted(name, &random) + space(&random) + ":"
                        + space(&random) + text(value, &random) + space(&random)
                )
            }
            let inner = parts.isEmpty ? space(&random) : parts.joined(separator: ",")
            return "{" + inner + "}"
        default: return text(value)
        }
    }

    private static func space(_ random: inout SeededRandom) -> String {
        let spaces = ["", "", "", " ", "\n", "\t\r ", "   "]
        return spaces[Int.random(in: 0..<spaces.count, using: &random)]
    }

    private static func quoted(_ text: String, _ random: inout SeededRandom) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if Int.random(in: 0..<4, using: &random) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(
                        unit,
                        radix: 16,
                        uppercase: Bool.random(using: &random)
                    )
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                // By scalars: to a character a combining mark would belong to the quote before it.
                let quoted = JSONText.quoted(String(scalar)).unicodeScalars
                result.unicodeScalars.append(contentsOf: quoted.dropFirst().dropLast())
            }
        }
        return result + "\""
    }

    // MARK: Measuring

    static func depth(_ value: Value) -> Int {
        switch value {
        case .object(let object): 1 + (object.members.map { depth($0.value) }.max() ?? 0)
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        default: 0
        }
    }

    static func widest(_ value: Value) -> Int {
        switch value {
        case .object(let object):
            max(object.members.count, object.members.map { widest($0.value) }.max() ?? 0)
        case .array(let elements): max(elements.count, elements.map(widest).max() ?? 0)
        default: 0
        }
    }

    static func hasOtherNumbers(_ value: Value) -> Bool {
        switch value {
        case .number: true
        case .object(let object): object.members.contains { hasOtherNumbers($0.value) }
        case .array(let elements): elements.contains(where: hasOtherNumbers)
        default: false
        }
    }

    // MARK: Comparing

    /// Whether Foundation's reader has read the same.
    static func isSame(_ value: Value, _ other: Any) -> Bool {
        switch value {
        case .null: return other is NSNull
        case .bool(let bool): return (other as? Bool) == bool
        case .integer(let number): return (other as? NSNumber)?.int64Value == number
        case .number: return other is NSNumber
        case .string(let text):
            return (other as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
        case .array(let elements):
            guard let others = other as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { isSame($0, $1) }
        case .object(let object):
            guard let others = other as? [String: Any], others.count == object.members.count
            else { return false }
            return object.members.allSatisfy { member in
                others[member.name].map { isSame(member.value, $0) } ?? false
            }
        }
    }
}
