/// What writing into stores came to, as it is written to JSON.
struct StoreReport: BenchReport, Codable, Sendable, Equatable {
    /// One store.
    struct Row: Codable, Sendable, Equatable {
        var pass: StorePass
        var eventsPerSecond: Double
        var cpuMicrosecondsPerEvent: Double

        init(_ pass: StorePass) {
            self.pass = pass
            eventsPerSecond = pass.eventsPerSecond
            cpuMicrosecondsPerEvent = pass.microsecondsPerEvent
        }
    }

    /// Where, without credentials.
    var store: String
    var machine: Machine
    var rows: [Row]

    /// Whether every event found its place.
    var isExact: Bool { rows.allSatisfy { $0.pass.conflicts == 0 && $0.pass.events > 0 } }

    func table() -> String {
        let number = ReportText.number
        var lines = [
            store, "\(machine.cpu), \(machine.cores) cores", "",
            ReportText.row(
                "batches",
                ["events/s", "CPU µs/ev", "events", "records", "batches", "seconds", "MiB"]
            ),
        ]
        for row in rows {
            lines.append(
                ReportText.row(
                    row.pass.kind,
                    [
                        number(row.eventsPerSecond, 0), number(row.cpuMicrosecondsPerEvent, 2),
                        "\(row.pass.events)", "\(row.pass.records)", "\(row.pass.count)",
                        number(row.pass.seconds, 2),
                        row.pass.fileBytes.map { number(Double($0) / 1_048_576, 1) } ?? "",
                    ]
                )
            )
        }
        let conflicts = rows.reduce(0) { $0 + $1.pass.conflicts }
        if conflicts > 0 { lines.append("\(conflicts) events had no place") }
        return lines.joined(separator: "\n") + "\n"
    }
}
