import Foundation
import Testing

/// What the formatter can't see (CONTRIBUTING.md).
@Suite struct TidyTests {
    private static let functionLinesMax = 70

    /// A word that must not occur in the code below certain folders.
    private struct Ban: Sendable {
        let word: String
        let reason: String
        var applies: @Sendable (SourceFile) -> Bool = { _ in true }
    }

    private static let bans: [Ban] = [
        Ban(
            word: "print(",
            reason: "libraries log; only tools print",
            applies: { !isTool($0) }
        ),
        Ban(word: "debugPrint(", reason: "left over from debugging"),
        Ban(word: "dump(", reason: "left over from debugging"),
        Ban(word: "try!", reason: "an error of theirs must not stop the process"),
        Ban(word: "fatalError(", reason: "throw, or `precondition` for our own mistakes"),
        Ban(word: "Task.detached", reason: "loses priority, task-locals and cancellation"),
        Ban(
            word: "Date()",
            reason: "time comes from an injected clock",
            applies: { $0.path != "Sources/Platform/ServiceKit/SystemClock.swift" }
        ),
        Ban(
            word: "Thread.sleep",
            reason: "nothing waits by sleeping",
            applies: { !isTool($0) }
        ),
        Ban(word: "usleep(", reason: "nothing waits by sleeping", applies: { !isTool($0) }),
        Ban(
            word: "rd_kafka_last_error",
            reason: "it is per thread",
            applies: { $0.path.hasSuffix(".swift") }
        ),
    ]

    private static func isTool(_ file: SourceFile) -> Bool {
        file.path.hasPrefix("Sources/Tools/") || file.path.hasPrefix("Sources/TestKit/")
            || file.path.hasPrefix("Sources/Executables/")
    }

    @Test func noFunctionIsLongerThanAScreen() {
        for file in SourceTree.sources + SourceTree.tests {
            for function in SwiftText.functions(in: file.code)
            where function.length > Self.functionLinesMax {
                Issue.record(
                    "\(file.path):\(function.line): \(function.length) lines: \(function.declaration)"
                )
            }
        }
    }

    @Test func nothingBannedIsCalled() {
        for file in SourceTree.sources {
            for ban in Self.bans where ban.applies(file) {
                for (index, line) in file.code.enumerated() where calls(ban.word, in: line) {
                    Issue.record("\(file.path):\(index + 1): \(ban.word): \(ban.reason)")
                }
            }
        }
    }

    /// Whether the word occurs, not as the end of a longer name.
    private func calls(_ word: String, in line: String) -> Bool {
        var rest = line[...]
        while let range = rest.range(of: word) {
            let before = rest[..<range.lowerBound].last
            if before.map({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }) != true {
                return true
            }
            rest = rest[range.upperBound...]
        }
        return false
    }

    @Test func nothingIsLeftToDo() throws {
        let mark = try Regex(#"\b(TODO|FIXME|XXX|HACK)\b"#)
        for file in SourceTree.sources + SourceTree.tests
        where !file.path.hasPrefix("Tests/TidyTests/") {
            for (index, line) in file.lines.enumerated() where line.contains(mark) {
                Issue.record("\(file.path):\(index + 1): left to do: \(line)")
            }
        }
    }

    @Test func everyLibrarySaysWhatItIsFor() {
        for folder in SourceTree.libraries {
            let text = SourceTree.read(folder + "/README.md") ?? ""
            #expect(text.hasPrefix("# "), "\(folder)/README.md has no title")
            #expect(text.utf8.count > 200, "\(folder)/README.md is a placeholder")
        }
    }

    @Test func noPlaceholderIsLeft() {
        for file in SourceTree.sources + SourceTree.tests {
            #expect(!file.path.hasSuffix("/Placeholder.swift"), "\(file.path)")
        }
    }

    @Test func onlyEventLogTouchesTheCLibrary() {
        for file in SourceTree.sources where imports(file).contains("CRdKafka") {
            #expect(file.target == "EventLog", "\(file.path) imports CRdKafka")
        }
    }

    @Test func servicesDoNotKnowOneAnother() {
        let services = Set(
            SourceTree.libraries.filter { $0.hasPrefix("Sources/Services/") }
                .compactMap { $0.split(separator: "/").last.map(String.init) }
        )
        #expect(services.count >= 8)
        for file in SourceTree.sources where services.contains(file.target) {
            let others = imports(file).intersection(services.subtracting([file.target]))
            #expect(others.isEmpty, "\(file.path) imports \(others)")
        }
    }

    @Test func theCoreDoesNoInputOrOutput() {
        let forbidden: Set<String> = [
            "Foundation", "NIOPosix", "GRDB", "Glibc", "Hummingbird", "CRdKafka", "Dispatch",
        ]
        for file in SourceTree.sources where file.path.hasPrefix("Sources/Core/") {
            let bad = imports(file).intersection(forbidden)
            #expect(bad.isEmpty, "\(file.path) imports \(bad)")
        }
    }

    @Test func executablesAreAFewLines() {
        for file in SourceTree.sources where file.path.hasPrefix("Sources/Executables/") {
            let count = file.code.count { !$0.trimmed.isEmpty }
            #expect(count <= 40, "\(file.path) has \(count) lines of code")
        }
    }

    @Test func whatIsUncheckedNamesItsInvariant() {
        for file in SourceTree.sources {
            for (index, line) in file.code.enumerated() where line.contains("@unchecked Sendable") {
                let before = file.lines[max(index - 12, 0)...index]
                #expect(
                    before.contains { $0.contains("//") },
                    "\(file.path):\(index + 1): @unchecked Sendable without a comment"
                )
            }
        }
    }

    @Test func documentationDoesNotNameTheMachineItWasWrittenOn() {
        // Where people's folders are, and where this one is.
        let places = ["root", "home", "Users"].map { "/\($0)/" } + [SourceTree.root]
        for file in SourceTree.sources + SourceTree.tests {
            for (index, line) in file.lines.enumerated() {
                let isBad = places.contains { line.contains($0) }
                #expect(!isBad, "\(file.path):\(index + 1): a path of one machine: \(line)")
            }
        }
    }

    private func imports(_ file: SourceFile) -> Set<String> {
        var modules: Set<String> = []
        for line in file.code {
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place <= 2, place + 1 < words.count
            else { continue }
            let name = words[words.index(after: place)...].last ?? ""
            modules.insert(String(name.split(separator: ".").first ?? ""))
        }
        return modules
    }
}
