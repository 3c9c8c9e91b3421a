/// Those who wait for an answer, in the order of their deadlines: all wait for the same time, so a queue is enough.
///
/// Who was answered leaves when those before him have: under an even load the queue is about as long as the number of those who
/// wait.
struct ReplyQueue {
    private struct Place {
        let deadline: ContinuousClock.Instant
        let reply: PendingReply
    }

    private var places: [Place?] = []
    private var head = 0
    /// Whether somebody will call `expired`.
    private var isWatched = false

    /// Places taken, the answered among them included.
    var count: Int { places.count - head }

    /// Adds somebody; `true` if the caller is to see to it that `expired` is called at the deadline.
    mutating func add(_ reply: PendingReply, until deadline: ContinuousClock.Instant) -> Bool {
        dropAnswered()
        places.append(Place(deadline: deadline, reply: reply))
        defer { isWatched = true }
        return !isWatched
    }

    /// Those whose time is up, and when to call again; `nil`: not before `add` says so.
    mutating func expired(
        at now: ContinuousClock.Instant
    ) -> (late: [PendingReply], next: ContinuousClock.Instant?) {
        var late: [PendingReply] = []
        while head < places.count, let place = places[head] {
            if place.reply.isAnswered {
                dropFirst()
            } else if place.deadline <= now {
                late.append(place.reply)
                dropFirst()
            } else {
                break
            }
        }
        let next = head < places.count ? places[head]?.deadline : nil
        isWatched = next != nil
        return (late, next)
    }

    private mutating func dropAnswered() {
        while head < places.count, places[head]?.reply.isAnswered != false { dropFirst() }
    }

    private mutating func dropFirst() {
        places[head] = nil
        head += 1
        // Moving what is left costs no more than what was dropped.
        if head > 64, head * 2 > places.count {
            places.removeFirst(head)
            head = 0
        }
    }
}
