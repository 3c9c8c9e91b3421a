import Events
import MartletClient

/// What is written to the terminal.
extension TerminalChat {
    private static let frame: Duration = .milliseconds(16)

    /// Something may be different: it is written soon, and whom it is about is watched.
    func setNeedsRender() {
        if model.watched != watched {
            watched = model.watched
            session.watch(watched)
        }
        guard !isRenderScheduled else { return }
        isRenderScheduled = true
        Task {
            try? await Task.sleep(for: Self.frame)
            self.isRenderScheduled = false
            self.render()
        }
    }

    func render() {
        guard !hasEnded else { return }
        let now = clock.now()
        model.expire(at: now)
        model.activities.expire(at: .now)
        awaitEndOfActivity()
        let size = terminal.size
        model.hitsPerPage = SearchLayout.hitsMax(rows: size.rows, columns: size.columns)
        let screen = renderer.render(
            model,
            editor: editor,
            notice: notice,
            panel: panel,
            viewport: viewport,
            rows: size.rows,
            columns: size.columns,
            now: now
        )
        viewport = screen.viewport
        shownMarks = screen.marks
        var text = "\u{1B}[?25l"
        if size != shownSize || shownRows.count != screen.rows.count {
            text += "\u{1B}[2J"
            shownRows = []
            shownSize = size
        }
        for (place, row) in screen.rows.enumerated()
        where place >= shownRows.count || shownRows[place] != row {
            text += "\u{1B}[\(place + 1);1H\(row)\u{1B}[K"
        }
        shownRows = screen.rows
        text += "\u{1B}[\(screen.cursorRow + 1);\(screen.cursorColumn + 1)H\u{1B}[?25h"
        terminal.write(text)
    }

    /// Has the screen written again when what somebody does is over without a word.
    private func awaitEndOfActivity() {
        guard !isActivityAwaited, let end = model.activities.nextEnd else { return }
        isActivityAwaited = true
        Task {
            try? await Task.sleep(until: end, clock: .continuous)
            self.isActivityAwaited = false
            self.setNeedsRender()
        }
    }
}
