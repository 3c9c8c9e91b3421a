/// The line being written, with its cursor and the lines before.
struct LineEditor {
    private static let historyMax = 200
    private static let charactersMax = 8192

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    private var history: [String] = []
    private var place: Int?
    private var draft: [Character] = []

    /// Takes a key; a line that is complete comes back.
    mutating func press(_ key: Key) -> String? {
        switch key {
        case .text(let piece), .paste(let piece):
            insert(piece)
        case .tab:
            insert(" ")
        case .enter:
            return complete()
        case .backspace where cursor > 0:
            text.remove(at: cursor - 1)
            cursor -= 1
        case .delete where cursor < text.count:
            text.remove(at: cursor)
        case .left:
            cursor = max(0, cursor - 1)
        case .right:
            cursor = min(text.count, cursor + 1)
        case .home:
            cursor = 0
        case .end:
            cursor = text.count
        case .up:
            recall(-1)
        case .down:
            recall(1)
        case .control("u"):
            text.removeFirst(cursor)
            cursor = 0
        case .control("k"):
            text.removeLast(text.count - cursor)
        case .control("w"):
            deleteWord()
        default:
            break
        }
        return nil
    }

    /// What stands before the cursor.
    var beforeCursor: String { String(text[..<cursor]) }

    /// Puts something else in the place of what stands before the cursor.
    mutating func replaceBeforeCursor(by piece: String) {
        text.removeFirst(cursor)
        cursor = 0
        insert(piece)
    }

    private mutating func insert(_ piece: String) {
        // A combining mark belongs to the character before it.
        let before = String(text[..<cursor]) + piece
        let characters = Array(before)
        guard characters.count + text.count - cursor <= Self.charactersMax else { return }
        text.replaceSubrange(..<cursor, with: characters)
        cursor = characters.count
    }

    private mutating func complete() -> String {
        let line = String(text)
        text = []
        cursor = 0
        place = nil
        if !line.isEmpty, history.last != line {
            history.append(line)
            if history.count > Self.historyMax {
                history.removeFirst()
            }
        }
        return line
    }

    private mutating func deleteWord() {
        while cursor > 0, text[cursor - 1].isWhitespace {
            cursor -= 1
            text.remove(at: cursor)
        }
        while cursor > 0, !text[cursor - 1].isWhitespace {
            cursor -= 1
            text.remove(at: cursor)
        }
    }

    private mutating func recall(_ step: Int) {
        let current = place ?? history.count
        let target = current + step
        guard (0...history.count).contains(target), !history.isEmpty else { return }
        if place == nil {
            draft = text
        }
        place = target == history.count ? nil : target
        text = place.map { Array(history[$0]) } ?? draft
        cursor = text.count
    }
}
