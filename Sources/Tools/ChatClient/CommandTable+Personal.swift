import MartletClient

extension CommandTable {
    /// Commands about what one sets for oneself alone.
    static let personal = here + oneself

    private static let here = [
        CommandSpec(
            name: "/mute",
            usage: "[8h|7d|off]",
            help: "no notifications from here; without a time: for ever",
            arguments: [.span]
        ) { words in
            switch words.count {
            case 0: .personal(.mute(nil))
            case 1: TimeSpan.parse(words.words[0]).map { .personal(.mute($0)) }
            default: nil
            }
        },
        CommandSpec(name: "/archive", usage: "", help: "put the conversation away") {
            $0.count == 0 ? .personal(.archive(true)) : nil
        },
        CommandSpec(name: "/unarchive", usage: "", help: "take it out again") {
            $0.count == 0 ? .personal(.archive(false)) : nil
        },
        CommandSpec(name: "/star", usage: "N", help: "mark a message for yourself") { words in
            words.count == 1 ? words.number(at: 0).map { .personal(.star($0, true)) } : nil
        },
        CommandSpec(name: "/unstar", usage: "N", help: "take the mark away") { words in
            words.count == 1 ? words.number(at: 0).map { .personal(.star($0, false)) } : nil
        },
        CommandSpec(name: "/starred", usage: "", help: "the messages that you marked") {
            $0.count == 0 ? .screen(.look(.starred)) : nil
        },
    ]

    private static let oneself = [
        CommandSpec(
            name: "/privacy",
            usage: "[WHAT HOW…]",
            help: "receipts on|off, presence everyone|contacts|nobody",
            arguments: [.privacy, .visibility, .privacy, .visibility]
        ) { words in
            words.count == 0 ? .screen(.look(.privacy)) : privacy(words.words)
        },
        CommandSpec(
            name: "/contact",
            usage: "[WHO]",
            help: "make an account one of your contacts",
            arguments: [.account],
            isOneName: true
        ) { .personal(.contact($0.whole, true)) },
        CommandSpec(
            name: "/uncontact",
            usage: "[WHO]",
            help: "it is none any more",
            arguments: [.account],
            isOneName: true
        ) { .personal(.contact($0.whole, false)) },
        CommandSpec(name: "/contacts", usage: "", help: "your contacts") {
            $0.count == 0 ? .screen(.look(.contacts)) : nil
        },
        CommandSpec(name: "/devices", usage: "", help: "your devices") {
            $0.count == 0 ? .screen(.look(.devices)) : nil
        },
        CommandSpec(
            name: "/remove-device",
            usage: "ID",
            help: "sign a device out for good",
            arguments: [.device]
        ) { $0.only.map { .personal(.removeDevice($0)) } },
        CommandSpec(name: "/link", usage: "", help: "a token that signs a new device in") {
            $0.count == 0 ? .screen(.link) : nil
        },
    ]

    /// `receipts off presence contacts`: each at most once.
    private static func privacy(_ words: [String]) -> SlashCommand? {
        guard words.count.isMultiple(of: 2) else { return nil }
        var settings = PrivacySettings()
        for place in stride(from: 0, to: words.count, by: 2) {
            let value = words[place + 1].lowercased()
            switch (words[place].lowercased(), value) {
            case ("receipts", "on") where settings.readReceipts == nil:
                settings.readReceipts = true
            case ("receipts", "off") where settings.readReceipts == nil:
                settings.readReceipts = false
            case ("presence", "everyone"), ("presence", "contacts"), ("presence", "nobody"):
                guard settings.presence == nil else { return nil }
                settings.presence = PrivacySettings.Visibility(rawValue: value)
            default: return nil
            }
        }
        return .personal(.privacy(settings))
    }
}
