/// A JSON object as requests have them: few members, little nesting; read strictly (RFC 8259).
///
/// Bounded: nesting by `depthMax`, objects by `membersMax`, arrays by `elementsMax`. A name that comes twice is an error, as is text that is not UTF-8.
public struct JSONObject: Sendable, Equatable {
    /// A member's value.
    public enum Value: Sendable, Equatable {
        /// A string, decoded.
        case string(String)
        /// A whole number of 64 bits.
        case integer(Int64)
        /// Any other number, as near as it gets; beyond all bounds it is infinite.
        case number(Double)
        /// A truth value.
        case bool(Bool)
        /// `null`
        case null
        /// An object.
        case object(JSONObject)
        /// An array.
        case array([Value])
    }

    /// Nesting at most, the object itself included.
    public static let depthMax = 16
    /// Members of one object at most.
    public static let membersMax = 256
    /// Elements of one array at most.
    public static let elementsMax = 1024

    /// Names and values, in the order in which they came.
    public private(set) var members: [(name: String, value: Value)] = []

    /// Reads an object that takes up all of the bytes.
    ///
    /// - Throws: `Problem` with code `invalid_json`.
    public init(_ bytes: some Sequence<UInt8>) throws(Problem) {
        let result = bytes.withContiguousStorageIfAvailable { Self.read($0) }
        let outcome = result ?? Array(bytes).withUnsafeBufferPointer { Self.read($0) }
        switch outcome {
        case .success(let object): self = object
        case .failure(let failure): throw Problem(.invalidJSON, failure.detail)
        }
    }

    init() {}

    /// The value of a member; `nil` if there is none, or it is `null`.
    public subscript(name: String) -> Value? {
        for member in members where member.name == name {
            return member.value == .null ? nil : member.value
        }
        return nil
    }

    /// A string; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func string(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> String? {
        switch self[name] {
        case .string(let text): return text
        case nil: return nil
        default: throw Problem(code, "\(name) must be a string")
        }
    }

    /// A whole number; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func integer(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> Int64? {
        switch self[name] {
        case .integer(let number): return number
        case nil: return nil
        default: throw Problem(code, "\(name) must be a whole number")
        }
    }

    /// A number, whole or not; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func number(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> Double? {
        switch self[name] {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        case nil: return nil
        default: throw Problem(code, "\(name) must be a number")
        }
    }

    /// A truth value; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func bool(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> Bool? {
        switch self[name] {
        case .bool(let isTrue): return isTrue
        case nil: return nil
        default: throw Problem(code, "\(name) must be true or false")
        }
    }

    /// An object; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func object(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> JSONObject? {
        switch self[name] {
        case .object(let object): return object
        case nil: return nil
        default: throw Problem(code, "\(name) must be an object")
        }
    }

    /// A list; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func array(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> [Value]? {
        switch self[name] {
        case .array(let elements): return elements
        case nil: return nil
        default: throw Problem(code, "\(name) must be a list")
        }
    }

    /// A list of strings; `nil` if there is no such member, or it is `null`.
    ///
    /// - Throws: `Problem` with `code` if it is something else.
    public func strings(
        _ name: String,
        or code: Problem.Code = .invalidField
    ) throws(Problem) -> [String]? {
        guard let elements = try array(name, or: code) else { return nil }
        var strings: [String] = []
        for element in elements {
            guard case .string(let text) = element else {
                throw Problem(code, "\(name) must be a list of strings")
            }
            strings.append(text)
        }
        return strings
    }

    /// Adds a member; `false` if the name is there already.
    mutating func add(_ name: String, _ value: Value) -> Bool {
        for member in members where member.name == name { return false }
        members.append((name, value))
        return true
    }

    /// Compares names and values, and their order.
    public static func == (left: Self, right: Self) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy {
                $0.name == $1.name && $0.value == $1.value
            }
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) -> Result<JSONObject, JSONReader.Failure> {
        var reader = JSONReader(bytes)
        do {
            return .success(try reader.document())
        } catch {
            return .failure(error)
        }
    }
}
