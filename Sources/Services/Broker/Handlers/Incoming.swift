import KafkaWire
import NIOCore

/// A request whose header's beginning is read, but not its body.
struct Incoming {
    let core: BrokerCore
    let connection: Connection
    let slot: Int
    let header: RequestHeader
    let body: ByteBuffer

    /// Reads the rest and hands it to its handler.
    ///
    /// - Throws: also for a version that is not served: a client that has asked for the versions sends none.
    func handle<Request: WireRequest>(
        _ handler: (Exchange, Request) throws(WireError) -> Void
    ) throws(WireError) {
        guard Request.versions.contains(header.version) else {
            throw WireError(.unsupportedVersion)
        }
        var header = header
        var body = body
        try header.readRest(from: &body, isFlexible: header.version >= Request.flexibleFrom)
        let request = try Request(from: body, version: header.version)
        try handler(Exchange(connection: connection, slot: slot, header: header), request)
    }
}
