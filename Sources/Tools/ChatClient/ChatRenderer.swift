import Events
import Foundation
import MartletClient

/// Makes rows of a terminal of the model: text in, text out.
struct ChatRenderer {
    /// What is on the screen, and where the cursor is.
    struct Screen: Equatable {
        var rows: [String]
        var cursorRow: Int
        var cursorColumn: Int
        /// How far up is shown: what was asked for, or less when there is no more.
        var scroll: Int
        /// Whether the first message in memory is on the screen.
        var showsFirst: Bool
    }

    private static let inputRowsMax = 5

    let timeZone: TimeZone

    /// Renders everything: a header, the conversation's end or what was scrolled to, a panel if something was asked for, a status,
    /// the line being written.
    func render(
        _ model: ChatModel,
        editor: LineEditor,
        notice: String?,
        panel: ChatPanel? = nil,
        scroll: Int,
        rows: Int,
        columns: Int,
        now: Timestamp? = nil
    ) -> Screen {
        let columns = max(columns, 20)
        let rows = max(rows, 5)
        let (input, cursorRow, cursorColumn) = renderInput(editor, columns: columns)
        let lines = panel?.lines(columns: columns - 1, rows: rows - 3 - input.count) ?? []
        let panel = lines.map { fit(" " + $0, columns) }
        let height = rows - 2 - input.count - panel.count
        let (body, isAll) = renderBody(model, columns: columns, rowsMin: max(scroll, 0) + height)
        let scroll = min(max(scroll, 0), max(0, body.count - height))
        let end = body.count - scroll
        let visible = Array(body[max(0, end - height)..<end])
        let padding = [String](repeating: "", count: height - visible.count)
        let screen =
            [renderHeader(model, columns)] + padding + visible + panel
            + [renderStatus(model, notice, now, scroll, columns)] + input
        return Screen(
            rows: screen,
            cursorRow: rows - input.count + cursorRow,
            cursorColumn: cursorColumn,
            scroll: scroll,
            showsFirst: isAll && end <= height
        )
    }

    private func renderHeader(_ model: ChatModel, _ columns: Int) -> String {
        let doubt = model.conversation != nil && !model.isConfirmed
        let title = " \(model.title)\(doubt ? "  (perhaps; certain once you have written)" : "")"
        return TextStyle.reverse(fit(title, columns))
    }

    private func renderStatus(
        _ model: ChatModel,
        _ notice: String?,
        _ now: Timestamp?,
        _ scroll: Int,
        _ columns: Int
    ) -> String {
        var parts = [model.status]
        if let activity = model.activityText ?? model.shownPresence.flatMap({ words($0, now) }) {
            parts.append(activity)
        }
        if scroll > 0 {
            parts.append("scrolled back, PageDown returns")
        }
        let others = model.elsewhere.values.reduce(0) { $0 + $1.count }
        if others > 0 {
            parts.append("\(others) new elsewhere, /who lists")
        }
        if let notice {
            // What was just asked for comes before the rest, which may not fit; not before bad news.
            parts.insert(notice, at: model.isConnected ? 0 : 1)
        }
        let text = fit("── \(parts.joined(separator: " · ")) ", columns, filler: "─")
        return model.isConnected ? TextStyle.dim(text) : TextStyle.red(text)
    }

    /// `online`, `last seen 14:03`, on another day with its date; `nil`: it is not known, or not for everybody.
    private func words(_ presence: Presence, _ now: Timestamp?) -> String? {
        switch presence {
        case .online: return "online"
        case .offline(nil): return nil
        case .offline(let time?):
            let seen = stamp(time)
            let isToday = now.map { stamp($0).date == seen.date } ?? false
            return "last seen \(isToday ? "" : "\(seen.date) ")\(seen.time)"
        }
    }

    private func renderInput(
        _ editor: LineEditor,
        columns: Int
    ) -> (rows: [String], row: Int, column: Int) {
        var rows = [""]
        var widths = [2]
        var cursor = (row: 0, column: 2)
        for (place, character) in editor.text.enumerated() {
            let shown: Character = character.isNewline ? "⏎" : character
            let width = DisplayWidth.of(shown)
            if let last = widths.last, last + width > columns {
                rows.append("")
                widths.append(2)
            }
            if place == editor.cursor {
                cursor = (rows.count - 1, widths[rows.count - 1])
            }
            rows[rows.count - 1].append(shown)
            widths[rows.count - 1] += width
        }
        if editor.cursor == editor.text.count {
            cursor = (rows.count - 1, min(widths[rows.count - 1], columns - 1))
        }
        // A long text shows the rows around the cursor.
        let first = max(0, min(cursor.row - Self.inputRowsMax + 1, rows.count - Self.inputRowsMax))
        let shown = rows[first..<min(rows.count, first + Self.inputRowsMax)]
        let marked = shown.enumerated().map {
            $0.offset + first == 0 ? "> \($0.element)" : "  \($0.element)"
        }
        return (marked, cursor.row - first, cursor.column)
    }

    // MARK: Messages

    /// The last rows of the conversation, at least so many, and whether they are all.
    ///
    /// Only what is needed is laid out: a long conversation costs no more than a short one.
    func renderBody(
        _ model: ChatModel,
        columns: Int,
        rowsMin: Int
    ) -> (rows: [String], isAll: Bool) {
        var blocks: [[String]] = []
        var count = 0
        var number = 0
        var place = model.lines.count - 1
        while place >= 0, count < rowsMin {
            let line = model.lines[place]
            let stamp = stamp(line.time)
            number += line.isMessage ? 1 : 0
            let layout = LineLayout(model: model, columns: columns, time: stamp.time)
            var block = layout.rows(of: line, number: model.showsNumbers ? number : nil)
            if place == 0 || self.stamp(model.lines[place - 1].time).date != stamp.date {
                block.insert(TextStyle.dim(center(stamp.date, columns)), at: 0)
            }
            blocks.append(block)
            count += block.count
            place -= 1
        }
        return (blocks.reversed().flatMap { $0 }, place < 0)
    }

    // MARK: Text

    private func stamp(_ time: Timestamp) -> (date: String, time: String) {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
        func two(_ number: Int?) -> String {
            let number = number ?? 0
            return number < 10 ? "0\(number)" : "\(number)"
        }
        return (
            "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))",
            "\(two(parts.hour)):\(two(parts.minute))"
        )
    }

    private func center(_ text: String, _ columns: Int) -> String {
        String(repeating: " ", count: max(0, (columns - DisplayWidth.of(text)) / 2)) + text
    }

    private func fit(_ text: String, _ columns: Int, filler: String = " ") -> String {
        let text = DisplayWidth.cut(text, columns: columns)
        return text + String(repeating: filler, count: columns - DisplayWidth.of(text))
    }
}
