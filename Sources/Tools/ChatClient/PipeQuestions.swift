import Events
import MartletClient

/// What is asked for between pipes: each answer lines of JSON, or a file and a line.
struct PipeQuestions: Sendable {
    private static let pageMax = 100

    let services: ChatServices
    /// Writes a line and says whether anybody reads them.
    let write: @Sendable (String) -> Bool

    /// Writes what a search finds, the newest first, and at last whether everything was searched.
    func search(_ words: String, in conversation: ConversationID?, countMax: Int?) async throws {
        var left = countMax ?? .max
        var found: Int64 = 0
        var missing: Int64 = 0
        var isComplete = true
        var next: String?
        repeat {
            let request = MessageSearch.Request(
                words: words,
                conversation: conversation,
                before: next,
                limit: min(left, Self.pageMax)
            )
            let page = try await services.search(request)
            for message in page.messages.prefix(left) {
                guard tell("found", { EventWriter.write(message, to: &$0) }) else { return }
                found += 1
                left -= 1
            }
            missing += Int64(page.missing.count)
            isComplete = isComplete && page.isComplete
            next = page.nextBefore == next ? nil : page.nextBefore
        } while next != nil && left > 0
        _ = tell("searched") {
            $0.add("found", found)
            if missing > 0 { $0.add("missing", missing) }
            $0.add("complete", isComplete)
        }
    }

    /// Writes all of the account's data to a file.
    func export(to path: String) async throws {
        let bytes = try await services.export(to: path) { _ in }
        _ = tell("exported") {
            $0.add("path", path)
            $0.add("bytes", bytes)
        }
    }

    private func tell(_ state: String, _ fill: (inout JSONObjectWriter) -> Void) -> Bool {
        var line = JSONObjectWriter()
        line.add("state", state)
        fill(&line)
        return write(line.text)
    }
}
