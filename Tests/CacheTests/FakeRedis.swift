import Foundation
import Synchronization

/// A server that takes connections and says what a test wants it to say.
///
/// The accepting thread ends with `close()`, a connection's thread with its script.
final class FakeRedis: Sendable {
    private final class Count: Sendable {
        let accepted = Atomic<Int>(0)
        let ended = Atomic<Int>(0)
    }

    /// The server's end of a connection, used by the thread of its script.
    final class Peer: Sendable {
        private let descriptor: Int32

        fileprivate init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit { Foundation.close(descriptor) }

        /// What the client sends next; `nil` when it has gone.
        func read() -> String? {
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }

        /// `false` when the client has gone.
        @discardableResult
        func write(_ text: String) -> Bool {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// Answers like a Redis that has nothing, until something else than a greeting comes; `false` when the client has gone.
        func greet() -> Bool {
            while let question = read() {
                guard question.contains("PING") || question.contains("SELECT") else { return true }
                guard write("+OK\r\n") else { return false }
            }
            return false
        }
    }

    let port: Int
    /// Connections that were taken so far.
    var accepted: Int { count.accepted.load(ordering: .relaxed) }
    /// Connections whose script has ended.
    var ended: Int { count.ended.load(ordering: .relaxed) }
    private let count = Count()
    private let listener: Int32

    init(script: @escaping @Sendable (Peer) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard listener >= 0, isBound else { throw Impatience(description: "no port to listen on") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [count] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                count.accepted.add(1, ordering: .relaxed)
                let peer = Peer(descriptor)
                Thread {
                    script(peer)
                    count.ended.add(1, ordering: .relaxed)
                }.start()
            }
        }.start()
    }

    /// Takes no more connections.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    deinit {
        close()
        Foundation.close(listener)
    }
}
