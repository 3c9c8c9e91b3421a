import Synchronization
import TestKit
import Testing

/// A topic that a consumer group reads.
final class GroupTopic: Sendable {
    let partitions: Int
    private let broker: PipelineHarness
    private let name: String
    private let produced = Mutex(0)

    init(_ broker: PipelineHarness, name: String, partitions: Int) {
        self.broker = broker
        self.name = name
        self.partitions = partitions
    }

    private var options: ClientOptions {
        var options = ClientOptions()
        options.topic = name
        options.group = "readers-of-\(name)"
        options.partitions = partitions
        return options
    }

    func create() async throws {
        try await broker.create([name: partitions])
    }

    /// Sends the next records.
    func produce(_ count: Int) async throws {
        var options = options
        options.first = produced.withLock { $0 }
        options.count = count
        let producer = try await Library.confluent.run("produce", options, on: broker)
        #expect(producer.count(Told.Delivered.self) == count)
        produced.withLock { $0 += count }
    }

    /// Starts a member of the group.
    func member(
        _ library: Library,
        _ name: String,
        _ assignor: String,
        sessionMs: Int = 6000
    ) async throws -> ClientProgram {
        var options = options
        options.name = name
        options.assignor = assignor
        options.sessionMs = sessionMs
        return try await library.start("member", options, on: broker)
    }

    /// Waits until the members together have seen all records that were sent.
    func waitUntilSeen(by members: [ClientProgram]) async throws {
        let all = Set(0..<produced.withLock { $0 })
        guard let last = members.last else { return }
        try await last.wait(for: "all \(all.count) records") {
            guard members.reduce(0, { $0 + $1.count(Told.Record.self) }) >= all.count else {
                return false
            }
            return Set(try members.flatMap { try $0.all(Told.Record.self) }.compactMap(\.index))
                == all
        }
    }

    /// The end of each partition.
    private var ends: [Told.Offset] {
        let count = produced.withLock { $0 }
        return (0..<partitions).map { partition in
            let length = (count - partition + partitions - 1) / partitions
            return Told.Offset(partition: partition, offset: Int64(length))
        }
    }

    /// Waits until the group has committed all that was sent.
    func waitUntilCommitted(by member: ClientProgram) async throws {
        try await TestKit.wait(for: "\(name) to be committed", every: .milliseconds(300)) {
            try await offsets() == ends
        }
    }

    /// What the group has committed, as an administrator sees it.
    func offsets(by library: Library = .confluent) async throws -> [Told.Offset] {
        try await library.run("groups", options, on: broker).all()
    }

    /// Expects all libraries to see the group in a state with these members.
    func expectGroup(state: String, members: [String]) async throws {
        for library in Library.allCases {
            let program = try await library.run("groups", options, on: broker)
            let groups = try program.only(Told.Groups.self)
            #expect(groups.names == [options.group] && groups.errors == 0, "\(library)")
            let group = try program.only(Told.Group.self)
            #expect(group.state == state, "\(library)")
            #expect(group.members.map(\.client) == members, "\(library)")
            // aiokafka shows assignments as bytes.
            for member in group.members where library != .aiokafka {
                #expect(member.partitions == Array(0..<partitions), "\(library)")
            }
            #expect(try program.all(Told.Offset.self) == ends, "\(library)")
        }
    }

    /// Expects a new member of the group to get what is sent from now on, and nothing else.
    func expectNewMemberContinues(_ library: Library, _ assignor: String) async throws {
        let first = produced.withLock { $0 }
        try await produce(20)
        let successor = try await member(library, "successor", assignor)
        try await successor.wait(for: "20 records") { successor.count(Told.Record.self) >= 20 }
        try await waitUntilCommitted(by: successor)
        try await successor.stop()
        let indices = try successor.all(Told.Record.self).compactMap(\.index)
        #expect(indices.sorted() == Array(first..<first + 20))
    }

    /// Deletes the group; the error code.
    func delete(_ library: Library) async throws -> Int {
        try await library.run("delete_group", options, on: broker).only(Told.Outcome.self).code
    }
}

extension ClientProgram {
    /// The partitions that a member has now.
    var owned: [Int] { get throws { try all(Told.Owned.self).last?.partitions ?? [] } }

    /// The highest acknowledged commit of each partition.
    var committed: [Int: Int64] {
        get throws {
            try all(Told.Committed.self).reduce(into: [:]) { highest, line in
                highest[line.partition] = max(highest[line.partition] ?? 0, line.offset)
            }
        }
    }
}
