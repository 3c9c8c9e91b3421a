import Events

/// What of a conversation is on the screen: its end, or a part that stays there whatever comes above and below.
struct Viewport: Equatable {
    /// A line on the screen, and how many rows were below it.
    struct Anchor: Equatable {
        let line: SubmissionID
        let rowsBelow: Int
    }

    /// So many rows are below the screen.
    var scroll = 0
    /// What is not to move.
    var anchor: Anchor?
    /// The line that is to be in the middle.
    var goal: SubmissionID?

    /// Goes up, or down with a negative number of rows.
    mutating func move(up rows: Int) {
        goal = nil
        scroll = max(0, scroll + rows)
    }

    /// Where it stands once a line is known to have so many rows below it.
    mutating func settle(_ line: SubmissionID, rows: Int, below: Int, height: Int) {
        if line == goal {
            scroll = max(0, below - (height - rows) / 2)
            goal = nil
            anchor = nil
        } else if let anchor, line == anchor.line, goal == nil {
            scroll = max(0, scroll + below - anchor.rowsBelow)
            self.anchor = nil
        }
    }
}
