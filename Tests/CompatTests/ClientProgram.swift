import Foundation
import ServiceKit
import Synchronization
import TestKit

/// A client program in a process of its own, and what it has told so far.
///
/// It is killed, if it still runs, when nobody holds it any more.
final class ClientProgram: Sendable {
    /// What came out of the process, by the thread that reads it.
    private final class Output: Sendable {
        private struct Tag: Decodable {
            let event: String
        }

        private static let tailLines = 25

        private let lines = Mutex<(told: [String: [Data]], tail: [String])>(([:], []))

        func take(_ text: String) {
            let data = Data(text.utf8)
            let tag = try? JSONDecoder().decode(Tag.self, from: data)
            lines.withLock { lines in
                if let tag { lines.told[tag.event, default: []].append(data) }
                lines.tail.append(text)
                if lines.tail.count > Self.tailLines { lines.tail.removeFirst() }
            }
        }

        func told(_ event: String) -> [Data] { lines.withLock { $0.told[event] ?? [] } }

        func count(_ event: String) -> Int { lines.withLock { $0.told[event]?.count ?? 0 } }

        /// The last lines, for a failure's message.
        var tail: String { lines.withLock { $0.tail.joined(separator: "\n") } }
    }

    private let name: String
    private let output: Output
    private let process: ChildProcess

    /// Starts a command of a program in `Clients`.
    init(
        _ program: String,
        _ command: String,
        _ options: ClientOptions,
        on harness: PipelineHarness
    ) async throws {
        var options = options
        options.brokers = harness.brokers
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let json = String(decoding: try encoder.encode(options), as: UTF8.self)
        let output = Output()
        name = "\(program) \(command)"
        self.output = output
        process = try ChildProcess(
            executable: try await PythonEnvironment.interpreter(),
            arguments: ["\(PythonEnvironment.clients)/\(program)", command, json],
            environment: ProcessInfo.processInfo.environment.merging([
                "PYTHONDONTWRITEBYTECODE": "1"
            ]) { $1 },
            output: .lines { output.take($0) }
        )
    }

    deinit {
        process.send(signal: SIGKILL)
    }

    /// All lines of a kind so far, in order.
    func all<Line: ToldLine>(_: Line.Type = Line.self) throws -> [Line] {
        try output.told(Line.event).map { try JSONDecoder().decode(Line.self, from: $0) }
    }

    /// The only line of a kind.
    func only<Line: ToldLine>(_: Line.Type = Line.self) throws -> Line {
        let lines = try all(Line.self)
        guard lines.count == 1, let line = lines.first else {
            throw HarnessError("\(name) told \(lines.count) times: \(Line.event)\n\(output.tail)")
        }
        return line
    }

    /// How many lines of a kind came so far.
    func count<Line: ToldLine>(_: Line.Type) -> Int { output.count(Line.event) }

    /// Waits until what was told fulfils a condition; fails when the program ends before.
    func wait(for what: String, until condition: @Sendable () throws -> Bool) async throws {
        do {
            try await TestKit.wait(for: "\(name): \(what)", within: .seconds(120)) {
                if try condition() { return true }
                if let exit = process.exit {
                    throw HarnessError("\(name) \(exit) before \(what)")
                }
                return false
            }
        } catch {
            throw HarnessError("\(error)\n\(output.tail)")
        }
    }

    /// Waits for the end of the program, which must be a good one.
    func finish() async throws {
        try await TestKit.wait(for: "\(name) to end: \(output.tail)", within: .seconds(300)) {
            process.exit != nil
        }
        // The last lines may come a moment after the end.
        try await TestKit.wait(for: "\(name)'s last line: \(output.tail)", within: .seconds(10)) {
            process.exit?.isKill == true
                || output.count("done") + output.count("crashed") > 0
        }
        guard process.exit == .exited(0) else {
            throw HarnessError("\(name) \(process.exit.map { "\($0)" } ?? "")\n\(output.tail)")
        }
    }

    /// Tells the program to end in order, and waits until it has.
    func stop() async throws {
        process.send(signal: SIGTERM)
        try await finish()
    }

    /// Kills the program.
    func kill() async {
        process.send(signal: SIGKILL)
        _ = await process.waitForExit()
    }
}

extension ChildProcess.Exit {
    /// Whether a signal ended the process.
    fileprivate var isKill: Bool {
        if case .signalled = self { return true }
        return false
    }
}
