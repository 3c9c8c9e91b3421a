import Events

/// What is written to the terminal.
extension TerminalChat {
    private static let frame: Duration = .milliseconds(16)

    func setNeedsRender() {
        guard !isRenderScheduled else { return }
        isRenderScheduled = true
        Task {
            try? await Task.sleep(for: Self.frame)
            self.isRenderScheduled = false
            self.render()
        }
    }

    func render() {
        model.expire(at: clock.now())
        let size = terminal.size
        let screen = renderer.render(
            model,
            editor: editor,
            notice: notice,
            panel: panel,
            scroll: scroll,
            rows: size.rows,
            columns: size.columns
        )
        scroll = screen.scroll
        showsFirst = screen.showsFirst
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
}
