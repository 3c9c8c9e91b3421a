import KafkaWire
import Metrics
import NIOCore
import SegmentLog

/// Fetch: answers when there is enough, or when the time is over.
extension BrokerCore {
    func fetch(_ exchange: Exchange, _ request: FetchRequest) {
        meters.fetches.increment()
        var response = FetchResponse()
        // Sessions are declined: every answer has session id 0, so a client that names one has it from somebody else.
        guard request.sessionID == 0 else {
            response.error = .fetchSessionIDNotFound
            exchange.answer(FetchRequest.self, response)
            return
        }
        FetchOperation(core: self, exchange: exchange, request: request).start()
    }
}
