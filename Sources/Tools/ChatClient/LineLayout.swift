import MartletClient

/// Lays a line of a conversation out in rows of a terminal.
struct LineLayout {
    /// A piece of a row: as it counts, and as it is written.
    private typealias Piece = (plain: String, styled: String)

    let model: ChatModel
    let columns: Int
    /// When it was, in hours and minutes.
    let time: String

    /// The rows; with its number, if numbers are shown and it is a message.
    func rows(of line: ChatLine, number: Int?) -> [String] {
        switch line.body {
        case .message(let content): message(line, content, number)
        case .event(let event): note(model.eventText.line(event) ?? "", TextStyle.dim)
        case .complaint(let text): note("✗ \(text)", TextStyle.red)
        }
    }

    /// One thing that happened, or did not.
    private func note(_ text: String, _ style: TextStyle) -> [String] {
        let wrapped = DisplayWidth.wrap(
            DisplayWidth.sanitized(text).replacing("\n", with: " "),
            columns: columns - time.count - 1
        )
        return wrapped.enumerated().map { place, row in
            let start = place == 0 ? time : String(repeating: " ", count: time.count)
            return TextStyle.dim(start) + " " + style(row)
        }
    }

    // MARK: Messages

    private func message(
        _ line: ChatLine,
        _ content: MessageContent,
        _ number: Int?
    ) -> [String] {
        let mark = number.map { "\($0) " } ?? ""
        let name = DisplayWidth.cut(
            model.label(of: line.sender),
            columns: max(2, columns / 2 - 8 - mark.count)
        )
        let indent = DisplayWidth.of("\(mark)\(time) \(name)  ")
        let room = columns - indent
        var rows = quote(line, room).map { TextStyle.dim($0) }
        rows += text(line, content, room)
        let styledName = line.isMine ? TextStyle.green(name) : TextStyle.bold(name)
        // What one went to is to be found.
        let style = line.id == model.goal?.messageID ? TextStyle.reverse : TextStyle.dim
        let head = "\(style(mark + time)) \(styledName)  "
        return rows.enumerated().map { place, row in
            (place == 0 ? head : String(repeating: " ", count: indent)) + row
        }
    }

    /// What a message answers, in one row.
    private func quote(_ line: ChatLine, _ room: Int) -> [String] {
        guard let id = line.replyTo else { return [] }
        guard let answered = model.message(id) else {
            return [DisplayWidth.cut("│ an earlier message", columns: room)]
        }
        let name = model.label(of: answered.sender)
        return [DisplayWidth.cut("│ \(name): \(answered.text)", columns: room)]
    }

    /// What a message says, with what became of it behind.
    private func text(_ line: ChatLine, _ content: MessageContent, _ room: Int) -> [String] {
        let isGone = ContentText.isGone(content)
        let wrapped = DisplayWidth.wrap(
            DisplayWidth.sanitized(ContentText.line(content)),
            columns: room
        )
        var rows: [Piece] = wrapped.map { ($0, isGone ? TextStyle.dim($0) : $0) }
        if case .poll(let poll) = content {
            rows += options(of: poll, line, room)
        }
        for tail in tails(line, isGone, room) {
            let last = rows[rows.count - 1]
            let space = last.plain.isEmpty ? "" : " "
            if DisplayWidth.of(last.plain + space + tail.plain) <= room {
                rows[rows.count - 1] = (
                    last.plain + space + tail.plain, last.styled + space + tail.styled
                )
            } else {
                rows.append(tail)
            }
        }
        return rows.map(\.styled)
    }

    private func options(of poll: Poll, _ line: ChatLine, _ room: Int) -> [Piece] {
        poll.options.enumerated().flatMap { place, option -> [Piece] in
            let mark = line.tally.hasVoted(model.me, for: place) ? "●" : "○"
            let votes = line.tally.votes(for: place)
            let text = "\(mark) \(place + 1). \(option)" + (votes > 0 ? " · \(votes)" : "")
            let plain = DisplayWidth.sanitized(text).replacing("\n", with: " ")
            return DisplayWidth.wrap(plain, columns: room).map { ($0, $0) }
        }
    }

    /// What stands behind a message: that it was edited, that one marked it, reactions, ticks.
    private func tails(_ line: ChatLine, _ isGone: Bool, _ room: Int) -> [Piece] {
        var tails: [Piece] = []
        if line.isEdited, !isGone {
            let text = DisplayWidth.cut("(edited)", columns: room)
            tails.append((text, TextStyle.dim(text)))
        }
        if line.isStarred, !isGone {
            tails.append(("★", TextStyle.bold("★")))
        }
        let reactions = line.tally.emojis.map { emoji, count in
            count == 1 ? emoji : "\(emoji)\(count)"
        }
        if !reactions.isEmpty {
            let text = DisplayWidth.cut(reactions.joined(separator: " "), columns: room)
            tails.append((text, text))
        }
        if line.isMine {
            tails.append(ticks(model.state(of: line), line.failure, room))
        }
        return tails
    }

    private func ticks(_ state: MessageState?, _ failure: String?, _ room: Int) -> Piece {
        switch state {
        case nil:
            let text = DisplayWidth.cut("✗ /retry: \(failure ?? "")", columns: room)
            return (text, TextStyle.red(text))
        case .sending: return ("⋯", TextStyle.dim("⋯"))
        case .accepted, .sequenced: return ("✓", TextStyle.dim("✓"))
        case .delivered: return ("✓✓", TextStyle.dim("✓✓"))
        case .read: return ("✓✓", TextStyle.blue("✓✓"))
        }
    }
}
