/// All commands of the chat.
enum CommandTable {
    /// In the order in which the help lists them.
    static let all = screen + conversations + messages + personal

    /// The commands' names, with their slashes.
    static let names = all.map(\.name).filter { !$0.hasPrefix("//") }

    /// What is to be said of a line that is no command.
    struct Complaint: Error, Equatable {
        let text: String
    }

    /// Reads a line that begins with a slash.
    static func parse(_ line: String) throws(Complaint) -> SlashCommand {
        let name = String(line.prefix { $0 != " " })
        guard let spec = spec(named: name) else {
            throw Complaint(text: "\(name) is not a command; /help lists them")
        }
        let words = CommandWords(line.dropFirst(name.count))
        guard let command = spec.parse(words) else {
            throw Complaint(text: "\(spec.synopsis): \(spec.help)")
        }
        return command
    }

    /// The command of a name; `/exit` is `/quit`.
    static func spec(named name: String) -> CommandSpec? {
        let name = name == "/exit" ? "/quit" : name
        return all.first { $0.name == name }
    }

    private static let screen = [
        CommandSpec(name: "/help", usage: "[PAGE]", help: "the commands") {
            $0.count <= 1
                ? .screen(.help(page: $0.number(at: 0) ?? 1)) : nil
        },
        CommandSpec(
            name: "/to",
            usage: "WHO|NAME|ID",
            help: "write to somebody else, or in a group or channel",
            arguments: [.destination],
            isOneName: true
        ) { $0.whole.map { .screen(.turn($0)) } },
        CommandSpec(name: "/list", usage: "", help: "your conversations") {
            $0.count == 0 ? .screen(.list) : nil
        },
        CommandSpec(name: "/who", usage: "", help: "who you are, and who has written elsewhere") {
            $0.count == 0 ? .screen(.who) : nil
        },
        CommandSpec(name: "/older", usage: "", help: "load older messages (or PageUp)") {
            $0.count == 0 ? .screen(.older) : nil
        },
        CommandSpec(name: "/newest", usage: "", help: "go to the newest messages") {
            $0.count == 0 ? .screen(.newest) : nil
        },
        CommandSpec(
            name: "/search",
            usage: "[--here] [WORDS]",
            help: "find messages, or here; without words: older hits",
            arguments: [.here, .other]
        ) { search($0.rest) },
        CommandSpec(name: "/open", usage: "N", help: "go to a hit of the search") { words in
            words.count == 1 ? words.number(at: 0).map { .screen(.open($0)) } : nil
        },
        CommandSpec(name: "/export", usage: "FILE", help: "write all of your data to a zip") {
            $0.whole.map { .screen(.export($0)) }
        },
        CommandSpec(name: "/numbers", usage: "", help: "show or hide the messages' numbers N") {
            $0.count == 0 ? .screen(.numbers) : nil
        },
        CommandSpec(name: "/retry", usage: "", help: "send again what failed") {
            $0.count == 0 ? .screen(.retry) : nil
        },
        CommandSpec(name: "/quit", usage: "", help: "end (or Ctrl-C)") {
            $0.count == 0 ? .screen(.quit) : nil
        },
    ]

    /// What is searched for as it was typed: quotation marks mean something in it.
    private static func search(_ text: String) -> SlashCommand? {
        let flag = "--here"
        guard text == flag || text.hasPrefix("\(flag) ") else {
            return .screen(.search(text.isEmpty ? nil : text, isHere: false))
        }
        let words = CommandWords(text.dropFirst(flag.count)).rest
        return words.isEmpty ? nil : .screen(.search(words, isHere: true))
    }
}
