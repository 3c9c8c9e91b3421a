import EventLog
import Events
import LogTail

/// One run of `redrive`: reads the letters, looks what came after their records, decides, sends; blocks.
struct RedriveRun: Sendable {
    let box: DeadLetterBox
    let place: LogPlace
    let filter: LetterFilter
    let now: Timestamp
    let isForced: Bool
    /// Whether nothing is sent.
    let isRehearsal: Bool

    /// Does it, telling about every letter that is not sent.
    ///
    /// - Returns: whether everything that was asked for is sent, or need not be.
    func run(tell: (String) -> Void) throws -> Bool {
        var sought = LettersSought()
        var missing = filter.offsets ?? []
        var last: Offset?
        try box.read(from: place) { letter in
            guard filter.admits(letter) else { return }
            sought.add(letter)
            missing.remove(letter.offset)
            last = letter.offset
        }
        var plan = RedrivePlan(
            later: try box.whatCame(after: sought),
            now: now,
            isForced: isForced
        )
        var isComplete = missing.isEmpty
        for offset in missing.sorted() { tell("\(offset): there is no such letter") }
        var count = 0
        // What is sent now may come back as a letter while this goes on: it is for the next run.
        func chosen(_ send: (OutgoingRecord) throws -> Void) throws {
            guard let last else { return }
            try box.read(from: place) { letter in
                guard letter.offset <= last, filter.admits(letter) else { return }
                switch plan.judge(letter) {
                case .send(let record):
                    count += 1
                    if isRehearsal { tell("\(letter.offset): \(Self.words(letter))") }
                    try send(record)
                case .needless(let reason):
                    tell("\(letter.offset): not sent: \(reason)")
                case .refused(let reason):
                    isComplete = false
                    tell("\(letter.offset): not sent: \(reason)")
                }
            }
        }
        if isRehearsal {
            try chosen { _ in }
            tell("\(count) would be sent again")
        } else {
            tell("\(try box.redrive(chosen)) sent again")
        }
        return isComplete
    }

    private static func words(_ letter: FiledLetter) -> String {
        let origin = letter.origin.map { RecordLine.text($0) } ?? "?"
        let code = TerminalText.harmless(letter.letter.code)
        return "would be sent again: \(origin), \(code) for "
            + TerminalText.harmless(letter.letter.consumer)
    }
}
