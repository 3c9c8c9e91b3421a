import CZip

/// Owns one libzip archive that is being read: a single entry, which need not be at hand yet.
///
/// Not safe to use from two threads at once.
final class ZipArchive {
    fileprivate private(set) var handle: OpaquePointer?
    private let bytes: SparseBytes

    /// An archive that has one entry of another, whose directory starts at a place, and of that directory the entry's record.
    ///
    /// What lies before it reads as zeros: libzip looks for the end of an archive in 64 KiB, and entries are no place to find one.
    init(of record: ArraySlice<UInt8>, at start: Int64) throws(ArchiveError) {
        guard let offset = UInt32(exactly: start), offset < .max else {
            throw ArchiveError(.tooLarge, "a directory beyond 4 GiB")
        }
        let directory = Stretch(start: start, bytes: record + ZipEnd.of(record, at: offset))
        bytes = SparseBytes(size: directory.range.upperBound, [directory])
        bytes.gapsAreZeros = true
        guard let source = ZipSource.make(bytes) else {
            throw ArchiveError(zip: ZIP_ER_MEMORY, "reading the directory")
        }
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        handle = zip_open_from_source(source, ZIP_RDONLY, &error)
        guard handle != nil else {
            zip_source_free(source)
            throw ArchiveError(zip: zip_error_code_zip(&error), "reading the directory")
        }
        bytes.gapsAreZeros = false
        bytes.stretches = []
    }

    deinit { close() }

    /// Lets go of the archive; idempotent.
    func close() {
        if let handle { zip_discard(handle) }
        handle = nil
    }

    /// What the record says of the entry.
    ///
    /// - Throws: `ArchiveError` with the code `corrupt`, also if it is of another name.
    func entry(_ name: String) throws(ArchiveError) -> ZipEntry {
        guard let handle else { throw ArchiveError(.unavailable, "the archive was closed") }
        let place = zip_name_locate(handle, name, 0)
        guard place >= 0 else { throw ArchiveError(.corrupt, "an entry of another name") }
        var status = zip_stat_t()
        let wanted = zip_uint64_t(
            ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD
                | ZIP_STAT_ENCRYPTION_METHOD
        )
        guard zip_stat_index(handle, zip_uint64_t(place), 0, &status) == 0,
            status.valid & wanted == wanted,
            status.comp_method == zip_uint16_t(ZIP_CM_DEFLATE),
            status.encryption_method == zip_uint16_t(ZIP_EM_NONE)
        else { throw ArchiveError(.corrupt, "an entry of another kind") }
        return ZipEntry(
            name: name,
            place: zip_uint64_t(place),
            size: Int64(clamping: status.size),
            compressedSize: Int64(clamping: status.comp_size),
            crc: status.crc,
            start: try start(of: zip_uint64_t(place))
        )
    }

    /// Where an entry starts, its local header included.
    ///
    /// libzip does not tell, but goes there: with nothing at hand, that is what is missing.
    private func start(of place: zip_uint64_t) throws(ArchiveError) -> Int64 {
        bytes.stretches = []
        bytes.missing = nil
        defer { bytes.missing = nil }
        guard let handle else { throw ArchiveError(.unavailable, "the archive was closed") }
        if let file = zip_fopen_index(handle, place, 0) { zip_fclose(file) }
        guard let start = bytes.missing else {
            throw ArchiveError(.corrupt, "an entry that starts nowhere")
        }
        return start
    }

    /// Decompresses an entry that is at hand, in pieces, and checks its CRC and its size at the end.
    ///
    /// - Throws: `ArchiveError`, or what `piece` throws. Nothing that `piece` was given holds until this returns.
    func read(
        _ entry: ZipEntry,
        from stretch: Stretch,
        _ piece: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        bytes.stretches = [stretch]
        bytes.missing = nil
        defer { bytes.stretches = [] }
        let stream = try ZipStream(self, entry)
        defer { stream.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        var total: Int64 = 0
        while true {
            let count = try stream.read(into: buffer)
            guard count > 0 else { break }
            total += Int64(count)
            guard total <= entry.size else {
                throw ArchiveError(.corrupt, "more than the directory says")
            }
            try piece(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        guard total == entry.size else {
            throw ArchiveError(.corrupt, "less than the directory says")
        }
    }
}

/// What a central directory says of an entry.
struct ZipEntry: Sendable {
    let name: String
    /// Which of the archive's entries it is.
    let place: zip_uint64_t
    let size: Int64
    let compressedSize: Int64
    let crc: UInt32
    /// Where its local header starts.
    let start: Int64
}

/// Owns one entry that is being read, and keeps its archive alive.
private final class ZipStream {
    private let archive: ZipArchive
    private var file: OpaquePointer?

    init(_ archive: ZipArchive, _ entry: ZipEntry) throws(ArchiveError) {
        self.archive = archive
        guard let handle = archive.handle else {
            throw ArchiveError(.unavailable, "the archive was closed")
        }
        file = zip_fopen_index(handle, entry.place, 0)
        guard file != nil else {
            let code = zip_error_code_zip(zip_get_error(handle))
            throw ArchiveError(zip: code, "opening an entry")
        }
    }

    deinit { close() }

    func close() {
        if let file { zip_fclose(file) }
        file = nil
    }

    /// Reads on; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard let file, let base = buffer.baseAddress else { return 0 }
        let count = zip_fread(file, base, zip_uint64_t(buffer.count))
        guard count >= 0 else {
            let code = zip_error_code_zip(zip_file_get_error(file))
            throw ArchiveError(zip: code, "reading an entry")
        }
        return Int(count)
    }
}
