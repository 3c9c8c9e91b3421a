import EventLog
import Events
import Testing

@Suite(.timeLimit(.minutes(1))) struct LogAdminClusterTests {
    @Test func brokersAndCopiesAreTold() async throws {
        let mock = try MockCluster(partitions: 4, topics: [.timeline])
        let configuration = mock.configuration()
        let cluster = try await LogReader.onThread {
            let admin = try LogAdmin(configuration, logger: quiet)
            defer { admin.close() }
            return try admin.cluster()
        }
        #expect(cluster.brokers.map(\.id) == [1, 2, 3])
        #expect(cluster.brokers.allSatisfy { $0.port > 0 && !$0.host.isEmpty })
        let copies = LogAdmin.Cluster.Copies(isLed: true, wanted: 3, inSync: 3)
        #expect(cluster.topics[Topic.timeline.name] == Array(repeating: copies, count: 4))
    }

    @Test func aClusterThatIsAwayIsUnavailable() async throws {
        let mock = try MockCluster()
        mock.setDown()
        let configuration = mock.configuration()
        let error = await #expect(throws: EventLogError.self) {
            try await LogReader.onThread {
                let admin = try LogAdmin(configuration, logger: quiet)
                defer { admin.close() }
                _ = try admin.cluster(timeout: .milliseconds(300))
            }
        }
        #expect(error?.isRetriable == true)
    }
}
