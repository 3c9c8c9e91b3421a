public import Crypto

extension Identifier where Kind == AccountKind {
    /// The account of a normalised address.
    ///
    /// The first half of HMAC-SHA256 of the address under the installation's directory key: the same
    /// address always names the same account, and without the key an id does not reveal its address.
    public init(address: AccountAddress, directoryKey: SymmetricKey) {
        var code = HMAC<SHA256>(key: directoryKey)
        code.update(data: Array(address.description.utf8))
        self.init(firstHalfOf: code.finalize())
    }
}

extension Identifier where Kind == ConversationIDKind {
    /// The direct conversation of two accounts, in whichever order they are named.
    ///
    /// The first half of SHA-256 of the two ids, the lower first, so it exists without being created.
    public init(directBetween first: AccountID, and second: AccountID) {
        var hash = SHA256()
        hash.update(data: min(first, second).bytes)
        hash.update(data: max(first, second).bytes)
        self.init(firstHalfOf: hash.finalize())
    }
}

extension Identifier {
    init(firstHalfOf digest: some Sequence<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (place, byte) in digest.prefix(16).enumerated() {
            if place < 8 {
                high = high << 8 | UInt64(byte)
            } else {
                low = low << 8 | UInt64(byte)
            }
        }
        self.init(high: high, low: low)
    }
}
