import MartletClient

extension CommandTable {
    /// Commands about groups, channels and accounts.
    static let conversations = making + people + roles + entering

    private static let making = [
        CommandSpec(
            name: "/group",
            usage: "NAME [WHO…]",
            help: "make a group and go there; a name of several words in quotes",
            arguments: [.other, .account]
        ) { words in
            words.words.first.map {
                .conversation(.group(name: $0, members: Array(words.words.dropFirst())))
            }
        },
        CommandSpec(name: "/channel", usage: "NAME", help: "make a channel and go there") {
            $0.whole.map { .conversation(.channel(name: $0)) }
        },
        CommandSpec(name: "/name", usage: "TEXT", help: "what the conversation is called") {
            $0.rest.isEmpty ? nil : .conversation(.name($0.rest))
        },
        CommandSpec(name: "/about", usage: "TEXT", help: "what the conversation is about") {
            .conversation(.about($0.rest))
        },
        CommandSpec(
            name: "/disappear",
            usage: "OFF|1h|1d|7d",
            help: "how long messages stay from now on",
            arguments: [.span]
        ) { $0.only.flatMap { TimeSpan.parse($0) }.map { .conversation(.disappear(after: $0)) } },
    ]

    private static let people = [
        CommandSpec(name: "/members", usage: "", help: "who is in it, and as what") {
            $0.count == 0 ? .screen(.members) : nil
        },
        CommandSpec(
            name: "/add",
            usage: "WHO…",
            help: "make accounts members",
            arguments: [.account]
        ) { $0.count == 0 ? nil : .conversation(.add($0.words)) },
        CommandSpec(
            name: "/remove",
            usage: "WHO",
            help: "put a member out",
            arguments: [.account],
            isOneName: true
        ) { $0.whole.map { .conversation(.remove($0)) } },
        CommandSpec(name: "/leave", usage: "", help: "leave the conversation") {
            $0.count == 0 ? .conversation(.leave) : nil
        },
        CommandSpec(
            name: "/block",
            usage: "[WHO]",
            help: "hear no more of an account",
            arguments: [.account],
            isOneName: true
        ) { .conversation(.block($0.whole)) },
        CommandSpec(
            name: "/unblock",
            usage: "[WHO]",
            help: "hear of it again",
            arguments: [.account],
            isOneName: true
        ) { .conversation(.unblock($0.whole)) },
    ]

    private static let roles = [
        CommandSpec(
            name: "/role",
            usage: "WHO ROLE",
            help: "make somebody member, moderator or admin",
            arguments: [.account, .role]
        ) {
            $0.count == 2
                ? .conversation(.role($0.words[0], MemberRole(rawValue: $0.words[1].lowercased())))
                : nil
        },
        CommandSpec(
            name: "/owner",
            usage: "WHO",
            help: "make somebody else the owner",
            arguments: [.account],
            isOneName: true
        ) { $0.whole.map { .conversation(.owner($0)) } },
        CommandSpec(
            name: "/ban",
            usage: "WHO",
            help: "put an account out for good",
            arguments: [.account],
            isOneName: true
        ) { $0.whole.map { .conversation(.ban($0)) } },
        CommandSpec(
            name: "/unban",
            usage: "WHO",
            help: "let it come in again",
            arguments: [.account],
            isOneName: true
        ) { $0.whole.map { .conversation(.unban($0)) } },
    ]

    private static let entering = [
        CommandSpec(
            name: "/invite",
            usage: "[needs-approval]",
            help: "make an invite and show its token",
            arguments: [.approval]
        ) {
            switch $0.words {
            case []: .conversation(.invite(needsApproval: false))
            case ["needs-approval"]: .conversation(.invite(needsApproval: true))
            default: nil
            }
        },
        CommandSpec(name: "/revoke", usage: "TOKEN", help: "take an invite back") {
            $0.only.map { .conversation(.revoke(token: $0)) }
        },
        CommandSpec(name: "/join", usage: "TOKEN", help: "come in by an invite") {
            $0.only.map { .conversation(.join(token: $0)) }
        },
        CommandSpec(name: "/requests", usage: "", help: "who waits to be let in") {
            $0.count == 0 ? .screen(.requests) : nil
        },
        CommandSpec(
            name: "/approve",
            usage: "WHO",
            help: "let somebody in who waits",
            arguments: [.account],
            isOneName: true
        ) { $0.whole.map { .conversation(.decide($0, isApproved: true)) } },
        CommandSpec(
            name: "/decline",
            usage: "WHO",
            help: "do not",
            arguments: [.account],
            isOneName: true
        ) { $0.whole.map { .conversation(.decide($0, isApproved: false)) } },
    ]
}
