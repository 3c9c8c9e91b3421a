/// What comes of a question that not everybody may ask.
public enum StoreAnswer<Value: Sendable>: Sendable {
    /// The answer.
    case granted(Value)
    /// There is no such thing, or the account must not learn that there is.
    case notFound
    /// The account was a member, and is none any more.
    case notAMember
    /// It takes another role, or another author.
    case notAllowed

    /// The answer, if there is one.
    public var value: Value? {
        if case .granted(let value) = self { value } else { nil }
    }

    /// The same with another answer.
    func map<Other>(_ transform: (Value) throws -> Other) rethrows -> StoreAnswer<Other> {
        switch self {
        case .granted(let value): .granted(try transform(value))
        case .notFound: .notFound
        case .notAMember: .notAMember
        case .notAllowed: .notAllowed
        }
    }
}

extension StoreAnswer: Equatable where Value: Equatable {}
