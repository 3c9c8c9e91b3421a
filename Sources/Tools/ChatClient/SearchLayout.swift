import Events
import MartletClient

/// Lays what a search has found out in rows of a terminal.
struct SearchLayout {
    /// From so many columns on a hit takes one row, and not two.
    private static let wideColumns = 72
    /// What stands around the hits: what was searched for, that not everything was searched or can be read, how to go on.
    private static let rowsAround = 4

    let model: ChatModel
    let columns: Int
    let localTime: LocalTime

    private var isWide: Bool { columns >= Self.wideColumns }

    /// How many hits fit into a terminal of this size.
    static func hitsMax(rows: Int, columns: Int) -> Int {
        let room = rows - 4 - rowsAround
        return min(max(columns > wideColumns ? room : room / 2, 1), 20)
    }

    /// The rows; there are no more than that.
    func rows(max: Int) -> [String] {
        guard let search = model.search, max > 0 else { return [] }
        var rows = [head(search)]
        if !search.isComplete {
            rows.append("not everything could be searched yet: something may be missing")
        }
        if let first = search.missing.first {
            let count = search.missing.count
            rows.append(
                "\(count) more found that can't be read at the moment (\(first.reason.words))"
            )
        }
        rows = rows.map { DisplayWidth.cut($0, columns: columns) }
        let foot = search.hits.isEmpty ? [] : [DisplayWidth.cut(foot(search), columns: columns)]
        for (place, hit) in search.hits.enumerated().dropFirst(search.first) {
            let next = self.rows(of: hit, number: place + 1, terms: SearchTerms(search.words))
            guard rows.count + next.count + foot.count <= max else { break }
            rows += next
        }
        return Array((rows + foot).prefix(max))
    }

    private func head(_ search: MessageSearch) -> String {
        let what = "“\(search.words)”" + (search.conversation == nil ? "" : " here")
        if let failure = search.failure { return "\(what): \(failure)" }
        if search.hits.isEmpty {
            return search.request == nil ? "\(what): nothing was found" : "searching for \(what)…"
        }
        let count = search.hits.count
        let found =
            search.isCut
            ? "the newest \(count); more words find fewer"
            : search.next == nil ? "\(count) found" : "the newest \(count)"
        return "\(what): \(found)" + (search.request == nil ? "" : ", looking for older ones…")
    }

    private func foot(_ search: MessageSearch) -> String {
        let isMore =
            search.next != nil || search.hits.count > search.first + model.hitsPerPage
        return "/open N goes there" + (isMore ? ", PageDown or /search lists older ones" : "")
            + (search.first > 0 ? ", PageUp newer ones" : "") + ", Enter closes the list"
    }

    // MARK: Hits

    private func rows(of hit: MessageEvent, number: Int, terms: SearchTerms) -> [String] {
        let stamp = localTime.stamp(hit.serverTimestamp)
        let head = "\(number) \(stamp.date) \(stamp.time) \(names(hit)): "
        let text = DisplayWidth.sanitized(ContentText.line(hit.content))
            .replacing("\n", with: " ")
        guard isWide else {
            let indent = "  "
            return [
                TextStyle.dim(DisplayWidth.cut(head, columns: columns)),
                indent + snippet(Array(text), terms, room: columns - indent.count),
            ]
        }
        let shortened = DisplayWidth.cut(head, columns: columns / 2)
        let room = columns - DisplayWidth.of(shortened)
        return [TextStyle.dim(shortened) + snippet(Array(text), terms, room: room)]
    }

    /// Where and by whom it was written.
    private func names(_ hit: MessageEvent) -> String {
        let sender = model.names.name(of: hit.sender)
        let place = model.place(hit)
        return model.search?.conversation != nil || place == sender
            ? sender : "\(place) · \(sender)"
    }

    /// A part of a text that fits, with the first place where something was found, and with all such places marked.
    private func snippet(_ text: [Character], _ terms: SearchTerms, room: Int) -> String {
        let marks = terms.marks(in: text)
        var start = 0
        if let first = marks.first,
            DisplayWidth.of(String(text[..<first.upperBound])) > room - 1
        {
            // Some of what comes before belongs to it.
            start = max(0, first.lowerBound - room / 4)
        }
        var result = start > 0 ? "…" : ""
        var width = start > 0 ? 1 : 0
        var marked = ""
        for place in start..<text.count {
            width += DisplayWidth.of(text[place])
            guard width <= room else { break }
            if marks.contains(where: { $0.contains(place) }) {
                marked.append(text[place])
            } else {
                result += marked.isEmpty ? "" : TextStyle.reverse(marked)
                marked = ""
                result.append(text[place])
            }
        }
        return result + (marked.isEmpty ? "" : TextStyle.reverse(marked))
    }
}
