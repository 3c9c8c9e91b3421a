import Events

/// Lays a conversation out from its end upwards, as far as a screen needs it: a long one costs no more than a short one.
struct ConversationLayout {
    /// A line or a mark.
    private struct Block {
        let rows: [String]
        /// How many rows are below it.
        let below: Int
        var line: ChatLine?
        var mark: HistoryMark?
    }

    private let model: ChatModel
    private let columns: Int
    private let height: Int
    private let localTime: LocalTime
    /// From the end upwards.
    private var blocks: [Block] = []
    private var count = 0
    private var viewport: Viewport

    init(
        _ model: ChatModel,
        _ viewport: Viewport,
        columns: Int,
        height: Int,
        localTime: LocalTime
    ) {
        self.model = model
        self.viewport = viewport
        self.columns = columns
        self.height = height
        self.localTime = localTime
        // What is not there any more cannot be waited for.
        if let goal = viewport.goal, !model.lines.contains(where: { $0.id == goal }) {
            self.viewport.goal = nil
        }
        if let line = viewport.anchor?.line, !model.lines.contains(where: { $0.id == line }) {
            self.viewport.anchor = nil
        }
        layOut()
        self.viewport.scroll = min(self.viewport.scroll, max(0, count - height))
    }

    private mutating func layOut() {
        var marks = model.historyMarks
        var number = 0
        var place = model.lines.count - 1
        while count < viewport.scroll + height || viewport.goal != nil || viewport.anchor != nil {
            // Numbers are below all marks until they have their place.
            let seq = place < 0 ? 0 : model.lines[place].seq ?? .max
            if let mark = marks.last, place < 0 || mark.place > seq {
                marks.removeLast()
                add(Block(rows: rows(of: mark), below: count, mark: mark))
            } else if place >= 0 {
                number += model.lines[place].isMessage ? 1 : 0
                let rows = rows(at: place, number: model.showsNumbers ? number : nil)
                add(Block(rows: rows, below: count, line: model.lines[place]))
                place -= 1
            } else {
                return
            }
        }
    }

    private mutating func add(_ block: Block) {
        blocks.append(block)
        count += block.rows.count
        guard let line = block.line else { return }
        viewport.settle(line.id, rows: block.rows.count, below: block.below, height: height)
    }

    private func rows(of mark: HistoryMark) -> [String] {
        DisplayWidth.wrap(DisplayWidth.sanitized(mark.text), columns: columns - 2)
            .map { TextStyle.dim(centered($0)) }
    }

    private func rows(at place: Int, number: Int?) -> [String] {
        let line = model.lines[place]
        let stamp = localTime.stamp(line.time)
        let layout = LineLayout(model: model, columns: columns, time: stamp.time)
        let rows = layout.rows(of: line, number: number)
        guard place == 0 || localTime.stamp(model.lines[place - 1].time).date != stamp.date
        else { return rows }
        return [TextStyle.dim(centered(stamp.date))] + rows
    }

    private func centered(_ text: String) -> String {
        String(repeating: " ", count: max(0, (columns - DisplayWidth.of(text)) / 2)) + text
    }

    // MARK: What is on the screen

    private var visible: [Block] {
        blocks.filter {
            $0.below < viewport.scroll + height && $0.below + $0.rows.count > viewport.scroll
        }
    }

    /// The rows on the screen, from top to bottom; there may be fewer than fit.
    var rows: [String] {
        let all = blocks.reversed().flatMap(\.rows)
        let end = all.count - viewport.scroll
        return Array(all[max(0, end - height)..<end])
    }

    /// The marks on the screen, from top to bottom.
    var marks: [HistoryMark] { visible.reversed().compactMap(\.mark) }

    /// Where the screen stands, so that it stays there when lines come above and below.
    var settled: Viewport {
        var settled = viewport
        settled.anchor = nil
        guard viewport.scroll > 0 || model.history.end == .open else { return settled }
        let lines = visible.filter { $0.line != nil }
        // What comes into a gap from its upper end is read from there on.
        let growing = model.history.growingSeq.flatMap { seq in
            lines.first { ($0.line?.seq).map { $0 <= seq } ?? false }
        }
        if let block = growing ?? lines.first, let line = block.line {
            settled.anchor = Viewport.Anchor(line: line.id, rowsBelow: block.below)
        }
        return settled
    }
}
