import CHiredis
import Foundation

/// Owns one hiredis connection; used by one thread.
///
/// What it is asked has a deadline, and what comes has a bound, which hiredis by itself has not: its time-out is one of each single read,
/// and its buffer grows with what is sent. After any failure the connection is of no use: an answer may still be on its way.
///
/// Written for hiredis 0.14.1 (Debian 12).
final class RedisConnection {
    private enum Reply {
        case bytes([UInt8])
        case nothing
        case status
        case refusal(String)
    }

    /// What a reply has beside the value: its type, its length and the ends of lines.
    private static let replyOverhead = 64

    /// Whether somebody was told that the server refuses; the connection itself does not look at it.
    var hasRefused = false

    private let context: UnsafeMutablePointer<redisContext>
    private let timeout: Duration
    private let replyBytesMax: Int

    /// Connects and logs in.
    ///
    /// It may take longer than its time-outs only where a host's name has to be looked up.
    init(_ address: RedisAddress, _ options: RedisCache.Options) throws(RedisFailure) {
        timeout = options.commandTimeout
        replyBytesMax =
            Self.replyOverhead
            + RedisEnvelope.bytesMax(
                keyBytesMax: RedisKey.bytesMax,
                valueBytesMax: options.valueBytesMax
            )
        guard
            let context = redisConnectWithTimeout(
                address.host,
                Int32(address.port),
                timeval(options.connectTimeout)
            )
        else { throw RedisFailure(.unreachable) }
        self.context = context
        guard context.pointee.err == 0,
            redisSetTimeout(context, timeval(timeout)) == REDIS_OK,
            fcntl(context.pointee.fd, F_SETFD, FD_CLOEXEC) == 0
        else { throw RedisFailure(.unreachable) }
        try logIn(address)
    }

    deinit { redisFree(context) }

    /// Whether the server has closed it, or sent what nobody asked for.
    var isSpoilt: Bool {
        var descriptor = pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) != 0
    }

    /// The sealed value of a key.
    func get(_ key: [UInt8]) throws(RedisFailure) -> [UInt8]? {
        switch try ask([Array("GET".utf8), key]) {
        case .bytes(let bytes): return bytes
        case .nothing: return nil
        case .refusal(let word): throw RedisFailure(.refused, word: word)
        case .status: throw RedisFailure(.nonsense)
        }
    }

    /// Keeps a sealed value for some time.
    func set(_ key: [UInt8], _ bytes: [UInt8], for lifetime: Duration) throws(RedisFailure) {
        let milliseconds = String(max(1, lifetime.wholeMilliseconds))
        try expectStatus([
            Array("SET".utf8), key, bytes, Array("PX".utf8), Array(milliseconds.utf8),
        ])
    }

    private func logIn(_ address: RedisAddress) throws(RedisFailure) {
        if let password = address.password {
            try expectStatus(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
        }
        if address.database != 0 { try expectStatus(["SELECT", String(address.database)]) }
        // Says whether it wants a password, and whether it is still reading its data.
        try expectStatus(["PING"])
    }

    private func expectStatus(_ words: [String]) throws(RedisFailure) {
        try expectStatus(words.map { Array($0.utf8) })
    }

    private func expectStatus(_ arguments: [[UInt8]]) throws(RedisFailure) {
        switch try ask(arguments) {
        case .status: return
        case .refusal(let word): throw RedisFailure(.refused, word: word)
        case .bytes, .nothing: throw RedisFailure(.nonsense)
        }
    }

    // MARK: One question, one answer

    private func ask(_ arguments: [[UInt8]]) throws(RedisFailure) -> Reply {
        let deadline = ContinuousClock.now + timeout
        guard enqueue(arguments) else { throw RedisFailure(.unreachable) }
        var isSent: Int32 = 0
        while isSent == 0 {
            guard redisBufferWrite(context, &isSent) == REDIS_OK else { throw failure(deadline) }
            guard ContinuousClock.now < deadline else { throw RedisFailure(.timeout) }
        }
        var isChecked = false
        while true {
            guard redisBufferRead(context) == REDIS_OK else { throw failure(deadline) }
            if !isChecked, let first = firstByte {
                // hiredis makes room for as many elements as an array says that it has; we never ask for one.
                guard first != UInt8(ascii: "*") else { throw RedisFailure(.nonsense) }
                isChecked = true
            }
            if let reply = try takeReply(deadline) { return reply }
            guard context.pointee.reader.pointee.len <= replyBytesMax else {
                throw RedisFailure(.nonsense)
            }
            guard ContinuousClock.now < deadline else { throw RedisFailure(.timeout) }
        }
    }

    private func enqueue(_ arguments: [[UInt8]]) -> Bool {
        var lengths = arguments.map(\.count)
        var joined: [UInt8] = []
        joined.reserveCapacity(lengths.reduce(0, +))
        for argument in arguments { joined += argument }
        return joined.withUnsafeBytes { bytes in
            var end = 0
            var starts: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { end += length }
                return bytes.baseAddress?.advanced(by: end).assumingMemoryBound(to: CChar.self)
            }
            let count = Int32(starts.count)
            return redisAppendCommandArgv(context, count, &starts, &lengths) == REDIS_OK
        }
    }

    /// The byte that says what kind of reply begins.
    private var firstByte: UInt8? {
        let reader = context.pointee.reader.pointee
        guard reader.pos < reader.len else { return nil }
        return UInt8(bitPattern: reader.buf[reader.pos])
    }

    /// The reply, if all of it is here; what follows it is one too many.
    private func takeReply(
        _ deadline: ContinuousClock.Instant
    ) throws(RedisFailure) -> Reply? {
        var pointer: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &pointer) == REDIS_OK else {
            throw failure(deadline)
        }
        guard let pointer else { return nil }
        defer { freeReplyObject(pointer) }
        guard firstByte == nil else { throw RedisFailure(.nonsense) }
        let reply = pointer.assumingMemoryBound(to: redisReply.self).pointee
        let content = UnsafeRawBufferPointer(start: reply.str, count: reply.len)
        switch reply.type {
        case REDIS_REPLY_STRING: return .bytes(Array(content))
        case REDIS_REPLY_NIL: return .nothing
        case REDIS_REPLY_STATUS: return .status
        case REDIS_REPLY_ERROR:
            let word = content.prefix(16).prefix {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            }
            return .refusal(String(decoding: word, as: UTF8.self))
        default: throw RedisFailure(.nonsense)
        }
    }

    private func failure(_ deadline: ContinuousClock.Instant) -> RedisFailure {
        switch context.pointee.err {
        case REDIS_ERR_EOF: return RedisFailure(.closed)
        case REDIS_ERR_IO: return RedisFailure(ContinuousClock.now < deadline ? .closed : .timeout)
        default: return RedisFailure(.nonsense)
        }
    }
}

extension timeval {
    /// At least a microsecond: none at all would mean for ever.
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = max(duration, .microseconds(1)).components
        self.init(tv_sec: .init(seconds), tv_usec: .init(attoseconds / 1_000_000_000_000))
    }
}

extension Duration {
    /// Whole milliseconds of what is at most years.
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
