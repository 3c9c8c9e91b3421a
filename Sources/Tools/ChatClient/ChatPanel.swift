/// What stands above the status line for a while.
enum ChatPanel: Equatable {
    /// Rows; of too many the first.
    case rows([String])
    /// The commands, from a page on.
    case help(page: Int)
    /// What something could be completed to, side by side.
    case choices([String])
    /// What was found; it stays while something is typed. `SearchLayout` makes its rows.
    case search
    /// What signs a new device in, for so many minutes.
    case link(token: String, minutes: Int64)

    /// What fits: rows of a terminal's text, without colours.
    func lines(columns: Int, rows: Int) -> [String] {
        guard rows > 0 else { return [] }
        switch self {
        case .rows(let lines):
            return Self.first(lines, rows)
        case .choices(let texts):
            let width = (texts.map { DisplayWidth.of($0) }.max() ?? 0) + 2
            let across = max(1, (columns + 2) / width)
            let down = (texts.count + across - 1) / across
            return Self.first(Self.side(texts, width, across: across, down: down), rows)
        case .search:
            return []
        case .link(let token, let minutes):
            return Self.link(token, minutes, columns: columns, rows: rows)
        case .help(let page):
            return Self.help(page: page, columns: columns, rows: rows)
        }
    }

    private static func first(_ lines: [String], _ rows: Int) -> [String] {
        guard lines.count > rows else { return lines }
        return lines.prefix(rows - 1) + ["… and \(lines.count - rows + 1) more"]
    }

    /// A token, which may be longer than a row, so that it can be copied with the command around it; a part of one is of no use.
    private static func link(
        _ token: String,
        _ minutes: Int64,
        columns: Int,
        rows: Int
    ) -> [String] {
        var parts: [String] = []
        var rest = Substring(token)
        while !rest.isEmpty {
            parts.append(String(rest.prefix(columns)))
            rest = rest.dropFirst(columns)
        }
        let lines = [
            "whoever has this is you, within \(minutes) min:", "martlet chat --link '",
        ]
        guard lines.count + parts.count < rows else {
            return ["there is no room for a link's token: make the window larger"]
        }
        return lines + parts + ["'"]
    }

    /// Each command with what it does if that fits; else the commands side by side; else pages of that.
    private static func help(page: Int, columns: Int, rows: Int) -> [String] {
        let commands = CommandTable.all
        let width = (commands.map { DisplayWidth.of($0.synopsis) }.max() ?? 0) + 2
        let explained = commands.map { padded($0.synopsis, width) + $0.help }
        if explained.count <= rows, explained.allSatisfy({ DisplayWidth.of($0) <= columns }) {
            return explained
        }
        let across = max(1, (columns + 2) / width)
        let down = (commands.count + across - 1) / across
        let hint = "a command without more explains itself: /role"
        if down <= rows {
            let table = side(commands.map(\.synopsis), width, across: across, down: down)
            return down < rows && DisplayWidth.of(hint) <= columns ? table + [hint] : table
        }
        let perPage = max(1, rows - 1)
        let pages = (down + perPage - 1) / perPage
        let page = min(max(page, 1), pages)
        let part = commands.dropFirst((page - 1) * perPage * across).prefix(perPage * across)
        let table = side(
            part.map(\.synopsis),
            width,
            across: across,
            down: min(perPage, part.count)
        )
        guard rows > 1 else { return table }
        return table + [page < pages ? "/help \(page + 1) goes on" : "/help begins again"]
    }

    /// A table that is read downwards.
    private static func side(
        _ texts: [String],
        _ width: Int,
        across: Int,
        down: Int
    ) -> [String] {
        (0..<down).map { row in
            let cells = (0..<across).compactMap { column -> String? in
                let place = column * down + row
                return place < texts.count ? texts[place] : nil
            }
            return cells.enumerated().map { place, cell in
                place == cells.count - 1 ? cell : padded(cell, width)
            }.joined()
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
    }
}
