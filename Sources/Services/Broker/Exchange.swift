import KafkaWire
import NIOCore

/// One request that is to be answered.
struct Exchange {
    let connection: Connection
    let slot: Int
    let header: RequestHeader

    var version: Int16 { header.version }

    /// Answers.
    func answer<Request: WireRequest>(
        _ kind: Request.Type,
        _ response: Request.Response,
        sizeHint: Int = 256
    ) {
        var buffer = ByteBufferAllocator().buffer(capacity: sizeHint)
        buffer.writeMultipleIntegers(Int32(0), header.correlationID)
        if Request.responseHeaderIsFlexible(version: version) { buffer.writeInteger(UInt8(0)) }
        do throws(WireError) {
            try Request.write(response, to: &buffer, version: version)
        } catch {
            connection.close("an answer that can't be written: \(error)")
            return
        }
        buffer.setInteger(Int32(buffer.readableBytes - 4), at: 0)
        connection.answer(slot, with: buffer)
    }

    /// Answers nothing.
    func skip() {
        connection.answer(slot, with: nil)
    }
}
