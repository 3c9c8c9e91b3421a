/// Colours for a terminal, or none.
public struct Palette: Sendable {
    /// What a piece of a line is.
    public enum Role: Sendable {
        /// What one rarely looks for: times, names of fields.
        case faint
        /// What one looks for first: the kind.
        case strong
        /// What people wrote.
        case text
        /// A number that matters.
        case number
        /// What is wrong.
        case fault
        /// What went well.
        case good
        /// One of the topics.
        case topic(UInt32)
    }

    /// Whether there are colours.
    public let isColoured: Bool

    /// A palette with colours or without.
    public init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// The text in the colour of its role.
    public func paint(_ text: String, _ role: Role) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code(role))m\(text)\u{1B}[0m" : text
    }

    private func code(_ role: Role) -> String {
        switch role {
        case .faint: "2"
        case .strong: "1"
        case .text: "32"
        case .number: "36"
        case .fault: "1;31"
        case .good: "32"
        case .topic(let number):
            ["37", "33", "32", "35", "36", "34", "93", "95", "94", "31"][Int(number % 10)]
        }
    }
}
