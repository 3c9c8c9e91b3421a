import Events

/// Where an account's catching up stands: since when, and how far the present pass has come.
///
/// A pass goes through the conversations in the order of their ids, which nothing that happens meanwhile changes. What happens while it goes on is told
/// the next time: that begins at the moment at which this pass began.
public struct SyncCursor: Hashable, Sendable, CustomStringConvertible {
    /// What is told is what came after it.
    public let since: StoreMoment
    /// When the pass began, and the last conversation that was told of; `nil`: it has not begun.
    let pass: Pass?

    struct Pass: Hashable, Sendable {
        var began: StoreMoment
        var conversation: ConversationID
    }

    /// A longer text is none.
    static let bytesMax = 10_000

    /// A pass that begins, over what came after a moment; by default everything.
    public init(since: StoreMoment = StoreMoment()) {
        self.init(since: since, pass: nil)
    }

    init(since: StoreMoment, pass: Pass?) {
        self.since = since
        self.pass = pass
    }

    /// Reads what `description` shows; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.bytesMax, parts.first == "1",
            parts.count == 2 || parts.count == 4, let since = StoreMoment(parts[1])
        else { return nil }
        guard parts.count == 4 else {
            self.init(since: since)
            return
        }
        guard let began = StoreMoment(parts[2]), let conversation = ConversationID(parts[3]) else {
            return nil
        }
        self.init(since: since, pass: Pass(began: began, conversation: conversation))
    }

    /// An opaque text for clients: a version, then what it is made of.
    public var description: String {
        guard let pass else { return "1~\(since)" }
        return "1~\(since)~\(pass.began)~\(pass.conversation)"
    }
}
