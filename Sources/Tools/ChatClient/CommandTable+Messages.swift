import MartletClient

extension CommandTable {
    /// Commands about messages.
    static let messages = [
        CommandSpec(name: "/reply", usage: "N TEXT", help: "answer a message (1 is the last)") {
            words in
            words.number(at: 0).flatMap { number in
                words.afterFirst.map { .message(.reply(number, text: $0)) }
            }
        },
        CommandSpec(name: "/react", usage: "N [EMOJI]", help: "react; without emoji: no more") {
            words in
            words.count <= 2
                ? words.number(at: 0).map {
                    .message(.react($0, emoji: words.afterFirst ?? ""))
                } : nil
        },
        CommandSpec(name: "/edit", usage: "N TEXT", help: "say something else instead") { words in
            words.number(at: 0).flatMap { number in
                words.afterFirst.map { .message(.edit(number, text: $0)) }
            }
        },
        CommandSpec(
            name: "/delete",
            usage: "N [me]",
            help: "take a message back for everyone, or for you alone",
            arguments: [.other, .me]
        ) { delete($0) },
        CommandSpec(name: "/pin", usage: "N", help: "pin a message") { words in
            words.count == 1 ? words.number(at: 0).map { .message(.pin($0)) } : nil
        },
        CommandSpec(name: "/unpin", usage: "N", help: "take the pin out") { words in
            words.count == 1 ? words.number(at: 0).map { .message(.unpin($0)) } : nil
        },
        CommandSpec(name: "/poll", usage: "QUESTION | A | B…", help: "ask; 2 to 12 answers") {
            poll($0)
        },
        CommandSpec(name: "/vote", usage: "N [A…]", help: "vote by number; without: take it back") {
            vote($0)
        },
        CommandSpec(name: "//text", usage: "", help: "a message that begins with a slash") { _ in
            nil
        },
    ]

    private static func delete(_ words: CommandWords) -> SlashCommand? {
        guard let number = words.number(at: 0) else { return nil }
        switch words.words.dropFirst().map({ $0.lowercased() }) {
        case []: return .message(.delete(number))
        case ["me"]: return .personal(.hide(number))
        default: return nil
        }
    }

    private static func poll(_ words: CommandWords) -> SlashCommand? {
        let parts = words.rest.split(separator: "|", omittingEmptySubsequences: false).map {
            CommandWords($0).rest
        }
        guard (3...13).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return .message(.poll(Poll(question: parts[0], options: Array(parts.dropFirst()))))
    }

    private static func vote(_ words: CommandWords) -> SlashCommand? {
        guard let number = words.number(at: 0) else { return nil }
        let options = (1..<words.count).compactMap { words.number(at: $0) }
        guard options.count == words.count - 1 else { return nil }
        return .message(.vote(number, options: options.map { $0 - 1 }))
    }
}
