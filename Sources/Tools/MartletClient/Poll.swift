/// A question with answers to choose from.
public struct Poll: Sendable, Hashable {
    /// At most 255 characters.
    public var question: String
    /// 2 to 12, of at most 100 characters each; votes name them by their places, from 0.
    public var options: [String]
    /// Whether an account may choose several.
    public var isMultiple: Bool

    /// A poll of its parts.
    public init(question: String, options: [String], isMultiple: Bool = false) {
        self.question = question
        self.options = options
        self.isMultiple = isMultiple
    }
}
