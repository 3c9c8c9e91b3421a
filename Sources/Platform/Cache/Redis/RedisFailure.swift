/// Why a Redis did not do what it was asked.
struct RedisFailure: Error, Hashable, CustomStringConvertible {
    let trouble: CacheMeters.Trouble
    /// The first word of the server's refusal, such as `WRONGPASS`; what follows it may repeat what was sent, a password too.
    let word: String

    init(_ trouble: CacheMeters.Trouble, word: String = "") {
        self.trouble = trouble
        self.word = word
    }

    /// Whether the server answered, and will not answer otherwise until somebody does something.
    var isRefusal: Bool { trouble == .refused }

    var description: String { word.isEmpty ? trouble.rawValue : "\(trouble.rawValue) (\(word))" }
}
