/// Completes what is being typed after a slash.
struct Completion: Equatable {
    /// What there is to choose from.
    struct Choices: Equatable {
        /// Names and addresses of accounts.
        var accounts: Set<String> = []
        /// Names of conversations, and of accounts.
        var destinations: Set<String> = []
        /// Ids of one's own devices.
        var devices: Set<String> = []
    }

    /// The line after it.
    let text: String
    /// What it could be, if it could be several things; without quotation marks.
    let candidates: [String]

    /// Completes the end of a line; `nil`: there is nothing that it could become.
    static func complete(_ line: String, _ choices: Choices) -> Completion? {
        guard line.hasPrefix("/"), !line.hasPrefix("//") else { return nil }
        let name = String(line.prefix { $0 != " " })
        if name.count == line.count {
            return choose(from: CommandTable.names, for: name, before: "")
        }
        guard let spec = CommandTable.spec(named: name) else { return nil }
        let words = CommandWords(line.dropFirst(name.count))
        var fragment = words.fragment
        var place = words.count - (fragment.isEmpty ? 0 : 1)
        if spec.isOneName {
            fragment = String(line.dropFirst(name.count).drop { $0 == " " })
            place = 0
        }
        guard let kind = place < spec.arguments.count ? spec.arguments[place] : spec.arguments.last
        else { return nil }
        return choose(
            from: candidates(kind, choices),
            for: fragment,
            before: String(line.dropLast(fragment.count))
        )
    }

    private static func candidates(_ kind: CommandSpec.Argument, _ choices: Choices) -> [String] {
        switch kind {
        case .account: Array(choices.accounts)
        case .destination: Array(choices.destinations)
        case .role: ["member", "moderator", "admin"]
        case .span: ["off", "1h", "1d", "7d"]
        case .approval: ["needs-approval"]
        case .me: ["me"]
        case .privacy: ["receipts", "presence"]
        case .visibility: ["on", "off", "everyone", "contacts", "nobody"]
        case .device: Array(choices.devices)
        case .here: ["--here"]
        case .other: []
        }
    }

    private static func choose(
        from all: [String],
        for fragment: String,
        before: String
    ) -> Completion? {
        let typed = fragment.filter { $0 != "\"" && $0 != "“" }.lowercased()
        var fitting: [String] = []
        for name in all.sorted(by: isBefore) where name.lowercased().hasPrefix(typed) {
            if fitting.last != name { fitting.append(name) }
        }
        guard let first = fitting.first else { return nil }
        if fitting.count == 1 {
            return Completion(text: "\(before)\(CommandWords.quoted(first)) ", candidates: [])
        }
        let common = fitting.dropFirst().reduce(first) { shared($0, $1) }
        guard common.count > typed.count else {
            return Completion(text: before + fragment, candidates: fitting)
        }
        // A quotation mark is left open until the name is whole.
        let opened = common.contains(" ") ? "\"\(common)" : common
        return Completion(text: before + opened, candidates: fitting)
    }

    private static func isBefore(_ first: String, _ second: String) -> Bool {
        (first.lowercased(), first) < (second.lowercased(), second)
    }

    private static func shared(_ first: String, _ second: String) -> String {
        var result = ""
        for (one, other) in zip(first, second) {
            guard one.lowercased() == other.lowercased() else { break }
            result.append(one)
        }
        return result
    }
}
