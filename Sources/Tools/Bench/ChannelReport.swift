import Foundation

/// What a run on a channel found, as it is written to JSON.
struct ChannelReport: BenchReport, Codable, Sendable, Equatable {
    /// How the followers came.
    struct Filling: Codable, Sendable, Equatable {
        var followers: Int
        var seconds: Double
    }

    /// What posts cost the log.
    struct FanOutCount: Codable, Sendable, Equatable {
        /// Partitions of the inbox.
        var partitions: Int
        /// Posts that were looked at.
        var posts: Int
        /// Inbox records of them.
        var records: Int
        /// Inbox records of the post that made the most.
        var recordsPerPostMax: Int

        init(_ fanOut: FanOut, partitions: Int) {
            self.partitions = partitions
            posts = fanOut.posts
            records = fanOut.records
            recordsPerPostMax = fanOut.most
        }

        /// Whether there were posts, and none made more records than there are partitions.
        var isBounded: Bool { posts > 0 && recordsPerPostMax <= partitions }
    }

    /// What the router needs for a post, what it needs for nothing taken off; the median of some turns.
    struct Router: Codable, Sendable, Equatable {
        private static let ratioMax = 1.2

        /// Posts to each channel.
        var posts: Int
        var fewFollowers: Int
        var fewMicrosecondsPerPost: Double
        var followers: Int
        var microsecondsPerPost: Double

        /// What a post to the large channel costs by what one to the small costs.
        var ratio: Double {
            fewMicrosecondsPerPost > 0 ? microsecondsPerPost / fewMicrosecondsPerPost : 0
        }

        /// Whether followers cost the router nothing: it may be measured a fifth too much.
        var isBounded: Bool { ratio <= Self.ratioMax }
    }

    var crowd: CrowdReport
    var filling: Filling
    var router: Router?
    var fanOut: FanOutCount?

    /// Whether every post came to every socket, once and in order, and cost no more than it may.
    var isExact: Bool { crowd.isExact && fanOut?.isBounded ?? true && router?.isBounded ?? true }

    func table() -> String {
        let number = ReportText.number
        var lines = crowd.lines()
        lines.append(
            "\(filling.followers) followers were added in \(number(filling.seconds, 1)) s, one a request"
        )
        if let fanOut {
            lines.append(
                "\(fanOut.posts) posts made \(fanOut.records) inbox records, "
                    + "\(fanOut.recordsPerPostMax) at most, with \(fanOut.partitions) partitions: "
                    + (fanOut.isBounded ? "as it must be" : "too many")
            )
        }
        if let router {
            lines.append(
                "router: \(number(router.microsecondsPerPost, 1)) µs a post to \(router.followers) "
                    + "followers, \(number(router.fewMicrosecondsPerPost, 1)) µs to "
                    + "\(router.fewFollowers); ratio \(number(router.ratio, 2)) "
                    + "(\(router.posts) posts each): "
                    + (router.isBounded ? "as it must be" : "too much")
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
