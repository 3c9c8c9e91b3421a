import EventLog
import Events
import LogTail

/// Tells a message's life to people and to programs.
struct LifeReport {
    let palette: Palette
    let clock: LocalTime

    /// The life in lines.
    func lines(_ findings: MessageExplorer.Findings) -> [String] {
        let life = findings.life
        var lines = [heading(life)]
        var last: Timestamp?
        for step in life.inOrder {
            lines.append(line(step, of: life, after: last))
            last = step.time
        }
        for remark in Self.remarks(findings) { lines.append(palette.paint(remark, .faint)) }
        return lines
    }

    private func heading(_ life: MessageLife) -> String {
        let kind: String
        switch life.kind {
        case .direct: kind = "direct conversation"
        case .group: kind = "group"
        case .channel: kind = "channel"
        case .unspecified, .UNRECOGNIZED: kind = "conversation"
        }
        var text = "message " + palette.paint(life.id.description, .strong)
        if let conversation = life.conversation { text += " in \(kind) \(conversation)" }
        if let sender = life.sender { text += ", from \(sender)" }
        if let recipient = life.recipient { text += " to \(recipient)" }
        return text
    }

    private func line(
        _ step: MessageLife.Step,
        of life: MessageLife,
        after last: Timestamp?
    )
        -> String
    {
        let elapsed = last.map { "+\((step.time - $0).milliseconds) ms" } ?? ""
        let position = "\(step.position.topicPartition)@\(step.position.offset)"
        var line = palette.paint(clock.timeOfDay(step.time), .faint)
        line += palette.paint(TopicTable.right(elapsed, 12), .number) + "  "
        let isFault = step.event == .rejected || step.event == .deadLettered
        line += palette.paint(
            TopicTable.left(Self.word(step.event), 13),
            isFault ? .fault : .strong
        )
        line += palette.paint(
            TopicTable.left(position, 20),
            .topic(step.position.topicPartition.topic.number)
        )
        line += detail(step, of: life)
        switch step.repetition {
        case .none: break
        case .harmless: line += palette.paint("  (again: readers drop it)", .faint)
        case .doubled: line += palette.paint("  DOUBLED: accepted twice", .fault)
        }
        return line
    }

    private static func word(_ event: MessageLife.Event) -> String {
        switch event {
        case .submitted: "submitted"
        case .sequenced: "sequenced"
        case .inInbox: "in inbox"
        case .rejected: "rejected"
        case .delivered: "delivered"
        case .deliveredTicks: "two ticks"
        case .read: "read"
        case .readTicks: "blue ticks"
        case .deadLettered: "dead letter"
        }
    }

    private func detail(_ step: MessageLife.Step, of life: MessageLife) -> String {
        let device = step.device.map { "device \(RecordLine.short($0.description))" }
        let account = step.account.map { Self.name($0, of: life) }
        switch step.event {
        case .submitted: return "by \(device ?? "an unknown device")"
        case .sequenced:
            if let detail = step.detail { return detail }
            return "seq \(life.seq ?? 0), message \(life.messageCount ?? 0) of the conversation"
        case .inInbox:
            let inbox = step.position.topicPartition.partition
            return "partition \(inbox)"
        case .rejected, .deadLettered:
            let words = [step.code, step.detail].compactMap(\.self)
            return TerminalText.harmless(words.joined(separator: ": "))
        case .delivered, .read:
            let verb = step.event == .delivered ? "to" : "by"
            return "\(verb) \(account ?? "somebody"), \(device ?? "an unknown device")"
        case .deliveredTicks, .readTicks: return "for \(account ?? "the sender")"
        }
    }

    private static func name(_ account: AccountID, of life: MessageLife) -> String {
        if account == life.sender { return "the sender" }
        if account == life.recipient { return "the recipient" }
        return RecordLine.short(account.description)
    }

    /// What is to be known besides the steps.
    static func remarks(_ findings: MessageExplorer.Findings) -> [String] {
        let life = findings.life
        var remarks: [String] = []
        if !life.has(.submitted) { remarks.append("the submission itself is no longer kept") }
        if !life.has(.sequenced), !life.has(.rejected), !life.has(.deadLettered) {
            remarks.append("not decided yet: is the router running?")
        }
        if life.has(.sequenced), !life.has(.delivered) { remarks.append("not delivered yet") }
        if life.has(.delivered), !life.has(.read) { remarks.append("not read yet") }
        if findings.isCutShort {
            remarks.append(
                "the search ended after \(findings.records - 1) records; there may be more"
                    + " (--records)"
            )
        }
        return remarks
    }

    /// The life as a JSON object.
    static func object(_ findings: MessageExplorer.Findings) -> JSONObject {
        let life = findings.life
        var object = JSONObject()
        object.add("message_id", life.id.description)
        object.add("found", life.isKnown)
        if let conversation = life.conversation {
            object.add("conversation_id", conversation.description)
        }
        if let sender = life.sender { object.add("sender", sender.description) }
        if let recipient = life.recipient { object.add("recipient", recipient.description) }
        if let seq = life.seq { object.add("seq", Int64(clamping: seq)) }
        if let count = life.messageCount { object.add("message_count", Int64(clamping: count)) }
        object.add("complete", life.isComplete)
        object.add("cut_short", findings.isCutShort)
        object.add("records_searched", Int64(findings.records))
        var last: Timestamp?
        var steps: [JSONObject] = []
        for step in life.inOrder {
            steps.append(self.object(step, after: last))
            last = step.time
        }
        object.add("steps", steps)
        object.add("remarks", remarks(findings))
        return object
    }

    private static func object(_ step: MessageLife.Step, after last: Timestamp?) -> JSONObject {
        var object = JSONObject()
        object.add("event", step.event.rawValue)
        object.add("timestamp", step.time.milliseconds)
        object.add("time", LocalTime.iso8601(step.time))
        if let last { object.add("after_ms", (step.time - last).milliseconds) }
        object.add("topic", step.position.topicPartition.topic.name)
        object.add("partition", Int64(step.position.topicPartition.partition.number))
        object.add("offset", step.position.offset.number)
        if let account = step.account { object.add("account_id", account.description) }
        if let device = step.device { object.add("device_id", device.description) }
        if let code = step.code { object.add("code", code) }
        if let detail = step.detail { object.add("detail", detail) }
        if step.repetition != .none { object.add("repetition", step.repetition.rawValue) }
        return object
    }
}
