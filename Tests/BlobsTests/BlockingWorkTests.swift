import Dispatch
import Logging
import Testing

@testable import Blobs

/// Threads that a file system keeps.
@Suite(.timeLimit(.minutes(1))) struct BlockingWorkTests {
    private static let work = BlockingWork(threads: 1, jobsMax: 3)

    @Test func aFileSystemThatHangsKeepsOnlySoManyAndNobodyWhoGivesUp() async throws {
        let work = Self.work
        let door = DispatchSemaphore(value: 0)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let hanging = Task {
            try await work.run { () throws(BlobError) in
                begin.yield()
                door.wait()
            }
        }
        _ = await begun.first { true }
        let waiting = Task { try await work.run { () throws(BlobError) in 1 } }
        while work.count < 2 { await Task.yield() }
        let patient = Task { try await work.run { () throws(BlobError) in 2 } }
        while work.count < 3 { await Task.yield() }
        await expectError(.unavailable, "one too many") { () throws(BlobError) in
            try await work.run { () throws(BlobError) in 3 }
        }
        waiting.cancel()
        await #expect(throws: BlobError(.unavailable, "")) { try await waiting.value }
        // It still has its place in the queue: memory is bounded all the same.
        #expect(work.count == 3)
        // What has begun goes on.
        hanging.cancel()
        door.signal()
        try await hanging.value
        #expect(try await patient.value == 2)
        #expect(work.count == 0)
        #expect(try await work.run { () throws(BlobError) in 4 } == 4)
    }

    @Test func aFolderIsOpenedAwayFromTheThreadsOfTasks() async throws {
        let path = TemporaryFolder.make()
        let store = try await BlobLocation("file:\(path)").openStore(
            environment: [:],
            clock: FixedClock(),
            logger: Logger(label: "blobs-tests")
        )
        #expect(try await store.list("", after: nil, limit: 1).isEmpty)
        await expectError(.refused) { () throws(BlobError) in
            try await BlobLocation("s3://bucket").openStore(
                environment: [:],
                clock: FixedClock(),
                logger: Logger(label: "blobs-tests")
            )
        }
    }
}
