import Synchronization
import Testing

@testable import Operator

@Suite struct UpPrinterTests {
    private final class Paper: Sendable {
        let text = Mutex("")
    }

    @Test func namesAreAlignedAndLogLinesAreShortened() {
        let paper = Paper()
        let printer = UpPrinter(names: ["broker", "persistence"], isColoured: false) { line in
            paper.text.withLock { $0 += line }
        }
        printer.line(
            "2026-11-23T12:00:00.123Z info broker listening port=9092",
            of: "broker"
        )
        printer.line(
            "2026-11-23T12:00:01.000Z warning persistence slow batch=3",
            of: "persistence"
        )
        printer.line("your code is here", of: "broker")
        #expect(
            paper.text.withLock { $0 } == """
                broker      | 12:00:00.123 listening port=9092
                persistence | 12:00:01.000 warning slow batch=3
                broker      | your code is here

                """
        )
    }

    @Test func eachNameHasItsColour() {
        let paper = Paper()
        let printer = UpPrinter(names: ["a", "b"], isColoured: true) { line in
            paper.text.withLock { $0 += line }
        }
        printer.line("x", of: "a")
        printer.line("x", of: "b")
        let lines = paper.text.withLock { $0 }.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("\u{1B}[36ma\u{1B}[0m"))
        #expect(lines[1].hasPrefix("\u{1B}[33mb\u{1B}[0m"))
    }
}
