import Foundation

extension PipelineHarness {
    /// Log lines that contain what must not be in a log: a message's text, or a token.
    public nonisolated func textsInLogs() -> [String] {
        var found: [String] = []
        for name in Self.files(in: logs) {
            let text = Self.text("\(logs)/\(name)")
            for line in text.split(separator: "\n")
            where line.contains(needle) || line.contains("eyJ") {
                found.append("\(name): \(line.prefix(300))")
            }
        }
        return found
    }

    /// Fails when a log has what must not be there, or a process crashed.
    func checkLogs() throws {
        let texts = textsInLogs()
        guard texts.isEmpty else {
            throw HarnessError("logs contain message texts or tokens: \(texts.prefix(3))")
        }
        let crashes = accidents.filter { $0.contains("signal") }
        guard crashes.isEmpty else {
            throw HarnessError("crashed: \(crashes)")
        }
    }

    /// The last lines of every log, for a failure's message.
    nonisolated func logTails() -> String {
        Self.files(in: logs).map { name in
            let lines = Self.text("\(logs)/\(name)").split(separator: "\n").suffix(12)
            return "--- \(name)\n" + lines.map { String($0.prefix(400)) }.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// The output of one service so far.
    public nonisolated func log(of name: String) -> String { Self.text("\(logs)/\(name).log") }

    private static func files(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The folder of the built executables: beside the test bundle, or `MARTLET_EXECUTABLES`.
    public static func executableFolder() throws -> String {
        var candidates: [String] = []
        if let named = ProcessInfo.processInfo.environment["MARTLET_EXECUTABLES"] {
            candidates.append(named)
        }
        for path in [Bundle.main.executablePath, CommandLine.arguments.first] {
            guard let path else { continue }
            var url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            for _ in 0..<3 {
                url.deleteLastPathComponent()
                candidates.append(url.path)
            }
        }
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            candidates.append(
                URL(fileURLWithPath: argument).resolvingSymlinksInPath()
                    .deletingLastPathComponent().path
            )
        }
        for folder in candidates
        where FileManager.default.isExecutableFile(atPath: folder + "/martlet-gateway") {
            return folder
        }
        throw HarnessError("no executables in \(candidates): build them first (swift build)")
    }
}
