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
        /// What of the conversation is on it.
        var viewport: Viewport
        /// What stands between its lines, from top to bottom.
        var marks: [HistoryMark]
    }

    private static let inputRowsMax = 5

    private let localTime: LocalTime

    init(timeZone: TimeZone) {
        localTime = LocalTime(timeZone: timeZone)
    }

    /// Renders everything: a header, a part of the conversation, a panel if something was asked for, a status, the line being
    /// written.
    func render(
        _ model: ChatModel,
        editor: LineEditor,
        notice: String?,
        panel: ChatPanel? = nil,
        viewport: Viewport = Viewport(),
        rows: Int,
        columns: Int,
        now: Timestamp? = nil
    ) -> Screen {
        let columns = max(columns, 20)
        let rows = max(rows, 5)
        let (input, cursorRow, cursorColumn) = renderInput(editor, columns: columns)
        let panel = panel.map {
            render($0, model, columns: columns, rowsMax: rows - 3 - input.count)
        }
        let height = rows - 2 - input.count - (panel?.count ?? 0)
        let body = ConversationLayout(
            model,
            viewport,
            columns: columns,
            height: height,
            localTime: localTime
        )
        let visible = body.rows
        let settled = body.settled
        let padding = [String](repeating: "", count: height - visible.count)
        let screen =
            [renderHeader(model, columns)] + padding + visible + (panel ?? [])
            + [renderStatus(model, notice, now, settled.scroll, columns)] + input
        return Screen(
            rows: screen,
            cursorRow: rows - input.count + cursorRow,
            cursorColumn: cursorColumn,
            viewport: settled,
            marks: body.marks
        )
    }

    private func render(
        _ panel: ChatPanel,
        _ model: ChatModel,
        columns: Int,
        rowsMax: Int
    ) -> [String] {
        guard case .search = panel else {
            return panel.lines(columns: columns - 1, rows: rowsMax).map { fit(" " + $0, columns) }
        }
        return SearchLayout(model: model, columns: columns - 1, localTime: localTime)
            .rows(max: rowsMax).map { " " + $0 }
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
        if model.history.isGoing { parts.append("going there…") }
        if let bytes = model.exportedBytes { parts.append("exporting, \(ByteText.words(bytes))") }
        if let activity = model.activityText ?? model.shownPresence.flatMap({ words($0, now) }) {
            parts.append(activity)
        }
        let below = model.conversation.flatMap { model.elsewhere[$0]?.count } ?? 0
        if below > 0 {
            parts.append("\(below) new below, /newest")
        } else if scroll > 0 {
            parts.append("scrolled back, PageDown returns")
        }
        let others = model.elsewhere.values.reduce(0) { $0 + $1.count } - below
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
            let seen = localTime.stamp(time)
            let isToday = now.map { localTime.stamp($0).date == seen.date } ?? false
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

    // MARK: Text

    private func fit(_ text: String, _ columns: Int, filler: String = " ") -> String {
        let text = DisplayWidth.cut(text, columns: columns)
        return text + String(repeating: filler, count: columns - DisplayWidth.of(text))
    }
}
