import Events

/// What accounts are called here: by their name, else by the address that they were found under, else by the end of their id.
struct AccountNames {
    /// Names kept; beyond them old ones are forgotten.
    static let namesMax = 20_000

    let me: AccountID
    private var names: [AccountID: String] = [:]
    private var addresses: [AccountID: String] = [:]
    /// Addresses by the direct conversations that they lead to: from an account its conversation with us follows, and so its address.
    private var directAddresses: [ConversationID: String]

    init(me: AccountID, conversations: [String: ConversationID] = [:]) {
        self.me = me
        directAddresses = Dictionary(
            conversations.filter { AccountID($0.key) == nil }.map { ($0.value, $0.key) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Takes what an account calls itself.
    mutating func call(_ account: AccountID, _ name: String?) {
        // Nobody is called what names another: an address or an id.
        guard let name, !name.isEmpty, ChatTarget(parsing: name) == nil else { return }
        if names.count >= Self.namesMax {
            names.removeAll()
        }
        names[account] = name
    }

    /// Takes the address that an account was found under.
    mutating func learn(_ address: String, of account: AccountID) {
        addresses[account] = address
    }

    /// Takes the address that leads to a direct conversation.
    mutating func learn(_ address: String, of conversation: ConversationID) {
        directAddresses[conversation] = address
    }

    /// The name or the address; `nil`: neither is known.
    func known(_ account: AccountID) -> String? {
        names[account] ?? addresses[account]
            ?? directAddresses[ConversationID(directBetween: me, and: account)]
    }

    /// What to call an account: `you`, a name, an address, or the end of the id.
    func name(of account: AccountID) -> String {
        account == me ? "you" : known(account) ?? "…\(account.description.suffix(6))"
    }

    /// The accounts that are called so, whatever the case of the letters, among some.
    func accounts(called text: String, among accounts: some Sequence<AccountID>) -> [AccountID] {
        let wanted = text.lowercased()
        return accounts.filter { account in
            name(of: account).lowercased() == wanted || account.description == wanted
        }
    }

    /// Everybody who has a name or was found under an address.
    var everybody: Set<AccountID> { Set(names.keys).union(addresses.keys) }
}
