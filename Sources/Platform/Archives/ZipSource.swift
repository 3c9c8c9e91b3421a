import CZip

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A `ZipInput` as libzip sees it: with a place where it reads.
///
/// libzip owns it from `make` on and lets go of it with `ZIP_SOURCE_FREE`.
final class ZipSource {
    private let input: any ZipInput
    private var place: Int64 = 0
    private var sought: Int64 = 0
    private var fault: (code: Int32, number: Int32) = (ZIP_ER_OK, 0)

    private init(_ input: any ZipInput) {
        self.input = input
    }

    /// A source that keeps the input alive until libzip is done with it; `nil` if there is no memory for it.
    static func make(_ input: any ZipInput) -> OpaquePointer? {
        let owned = Unmanaged.passRetained(ZipSource(input))
        guard let source = zip_source_function_create(zipSourceCallback, owned.toOpaque(), nil)
        else {
            owned.release()
            return nil
        }
        return source
    }

    /// What libzip may ask for: reading and seeking.
    static let supported: zip_int64_t = [
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
        ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
    ].reduce(0) { $0 | 1 << zip_int64_t($1.rawValue) }

    fileprivate func answer(
        _ command: zip_source_cmd_t,
        _ data: UnsafeMutableRawPointer?,
        _ length: zip_uint64_t
    ) -> zip_int64_t {
        switch command {
        case ZIP_SOURCE_OPEN:
            place = 0
            sought = 0
            return 0
        case ZIP_SOURCE_CLOSE: return 0
        case ZIP_SOURCE_READ: return read(data, length)
        case ZIP_SOURCE_SEEK: return seek(data, length)
        case ZIP_SOURCE_TELL: return place
        case ZIP_SOURCE_STAT: return status(data, length)
        case ZIP_SOURCE_ERROR:
            guard let data, length >= zip_uint64_t(2 * MemoryLayout<Int32>.size) else { return -1 }
            data.storeBytes(of: fault.code, as: Int32.self)
            data.storeBytes(of: fault.number, toByteOffset: 4, as: Int32.self)
            return zip_int64_t(2 * MemoryLayout<Int32>.size)
        default: return failure(ZIP_ER_OPNOTSUPP, 0)
        }
    }

    private func failure(_ code: Int32, _ number: Int32) -> zip_int64_t {
        fault = (code, number)
        return -1
    }

    private func read(_ data: UnsafeMutableRawPointer?, _ length: zip_uint64_t) -> zip_int64_t {
        guard let data else { return failure(ZIP_ER_INVAL, 0) }
        let buffer = UnsafeMutableRawBufferPointer(start: data, count: Int(clamping: length))
        guard let count = input.read(into: buffer, at: place, sought: sought) else {
            return failure(ZIP_ER_READ, errno)
        }
        place += Int64(count)
        return zip_int64_t(count)
    }

    private func seek(_ data: UnsafeMutableRawPointer?, _ length: zip_uint64_t) -> zip_int64_t {
        guard let data, length >= zip_uint64_t(MemoryLayout<zip_source_args_seek_t>.size) else {
            return failure(ZIP_ER_INVAL, 0)
        }
        let arguments = data.loadUnaligned(as: zip_source_args_seek_t.self)
        let base: Int64 =
            switch arguments.whence {
            case SEEK_CUR: place
            case SEEK_END: input.size
            default: 0
            }
        let (target, overflow) = base.addingReportingOverflow(arguments.offset)
        guard !overflow, (0...input.size).contains(target) else {
            return failure(ZIP_ER_SEEK, EINVAL)
        }
        place = target
        if arguments.whence != SEEK_CUR { sought = target }
        return 0
    }

    private func status(_ data: UnsafeMutableRawPointer?, _ length: zip_uint64_t) -> zip_int64_t {
        guard let data, length >= zip_uint64_t(MemoryLayout<zip_stat_t>.size) else {
            return failure(ZIP_ER_INVAL, 0)
        }
        let status = data.assumingMemoryBound(to: zip_stat_t.self)
        zip_stat_init(status)
        status.pointee.size = zip_uint64_t(input.size)
        status.pointee.valid = zip_uint64_t(ZIP_STAT_SIZE)
        return zip_int64_t(MemoryLayout<zip_stat_t>.size)
    }
}

/// What libzip calls.
private func zipSourceCallback(
    _ state: UnsafeMutableRawPointer?,
    _ data: UnsafeMutableRawPointer?,
    _ length: zip_uint64_t,
    _ command: zip_source_cmd_t
) -> zip_int64_t {
    guard let state else { return -1 }
    let source = Unmanaged<ZipSource>.fromOpaque(state)
    switch command {
    case ZIP_SOURCE_SUPPORTS: return ZipSource.supported
    case ZIP_SOURCE_FREE:
        source.release()
        return 0
    default: return source.takeUnretainedValue().answer(command, data, length)
    }
}
