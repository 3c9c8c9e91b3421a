import Events
import Foundation
import NIOCore

extension FakeMartlet {
    /// Answers the pages that were held, and holds no more.
    public func releasePages() {
        script.holdsPages = false
        let held = heldPages
        heldPages = []
        for answer in held { answer() }
    }

    func events(_ path: String, _ uri: String, _ account: AccountID) -> (Int, String) {
        let parts = path.split(separator: "/")
        guard parts.count == 4, let id = ConversationID(parts[2]), let state = conversations[id],
            state.members.contains(account)
        else { return problem(404, "not_found") }
        pages.append(uri.split(separator: "?").dropFirst().first.map(String.init) ?? "")
        guard script.pageRefusals.isEmpty else {
            let code = script.pageRefusals.removeFirst()
            return problem(503, code, "history can't be read at the moment")
        }
        let query = Self.query(uri)
        let limit = query["limit"].flatMap { Int($0) } ?? 30
        let count = state.events.count
        let after = query["after_seq"].flatMap { Int($0) }
        let seqs: [Int]
        if let after {
            seqs = Array((min(after, count) + 1..<count + 1).prefix(limit))
        } else {
            let end = min(count, (query["before_seq"].flatMap { Int($0) } ?? .max) - 1)
            seqs = Array((1..<max(end, 0) + 1).suffix(limit).reversed())
        }
        let missing = script.missing.flatMap { missing in
            seqs.contains { missing.seqs.contains($0) } ? missing : nil
        }
        let shown = seqs.filter { missing?.seqs.contains($0) != true }.map {
            self.shown(state.events[$0 - 1], to: account)
        }
        let last = seqs.last ?? 0
        let hasMore = after == nil ? last > 1 : last > 0 && last < count
        let gaps = missing.map {
            "{\"from_seq\":\($0.seqs.lowerBound),\"to_seq\":\($0.seqs.upperBound),"
                + "\"reason\":\"\($0.reason)\"}"
        }
        return (
            200,
            "{\"events\":[\(shown.joined(separator: ","))],"
                + "\"next_before_seq\":\(after == nil && hasMore ? "\(last)" : "null"),"
                + "\"next_after_seq\":\(after != nil && hasMore ? "\(last)" : "null"),"
                + "\"missing\":[\(gaps ?? "")]}"
        )
    }

    /// Finds messages in which every word of the query stands, the newest first.
    func search(_ uri: String, _ account: AccountID) -> (Int, String) {
        let query = Self.query(uri)
        let words = query["q"] ?? ""
        guard words.count(where: { $0 == "\"" }).isMultiple(of: 2) else {
            return problem(422, "invalid_parameter", "q: a quotation mark is not closed")
        }
        let wanted = words.lowercased().split(separator: " ")
        let here = query["conversation_id"].flatMap { ConversationID($0) }
        let mine = conversations.filter { id, state in
            state.members.contains(account) && (here ?? id) == id
        }
        let found = mine.values.flatMap(\.events).filter { event in
            guard event.contains("\"kind\":\"message\""),
                let text = event.firstMatch(of: #/"text":"([^"]*)"/#)?.output.1.lowercased()
            else { return false }
            return wanted.allSatisfy { word in text.split(separator: " ").contains(word) }
        }.sorted { Self.messageID($0) > Self.messageID($1) }
        let start = query["before"].flatMap { Int($0) } ?? 0
        let limit = query["limit"].flatMap { Int($0) } ?? 30
        let page = found.dropFirst(start).prefix(limit)
        let next = start + limit < found.count ? "\"\(start + limit)\"" : "null"
        return (
            200,
            "{\"events\":[\(page.joined(separator: ","))],\"next_before\":\(next),"
                + "\"complete\":\(!script.searchIsIncomplete)}"
        )
    }

    /// A zip without an entry, which may have anything before it.
    func export() -> (Int, String) {
        let end = "PK\u{5}\u{6}" + String(repeating: "\0", count: 18)
        return (200, script.exportFiller.map { $0 + end } ?? String(repeating: "x", count: 100))
    }

    /// Ids hold the time, so that the later one is the greater one.
    private static func messageID(_ event: String) -> Substring {
        event.firstMatch(of: #/"message_id":"([^"]*)"/#)?.output.1 ?? ""
    }

    private static func query(_ uri: String) -> [String: String] {
        let items = URLComponents(string: uri)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }
    }
}
