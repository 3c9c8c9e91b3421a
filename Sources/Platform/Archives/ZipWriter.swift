import CZip

/// Owns one libzip archive that is being written.
///
/// Nothing is written before `close()`, which reads the inputs one after the other.
final class ZipWriter {
    private var handle: OpaquePointer?

    /// Slower levels gain little on lines of JSON; a change of it changes the bytes of archives.
    private static let level: zip_uint32_t = 6
    /// A file that its owner may write and all may read.
    private static let attributes: zip_uint32_t = 0o100644 << 16

    /// What libzip asks now and then while it compresses.
    private final class Question {
        let isCancelled: () -> Bool

        init(_ isCancelled: @escaping () -> Bool) {
            self.isCancelled = isCancelled
        }
    }

    /// Begins an archive at a path, in the place of what is there.
    ///
    /// `isCancelled` says whether nobody wants it any more: compressing a large archive takes longer than a process that is told to stop should.
    init(
        _ path: String,
        isCancelled: @escaping () -> Bool = { Task.isCancelled }
    ) throws(ArchiveError) {
        var code: Int32 = 0
        handle = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code)
        guard let handle else { throw ArchiveError(zip: code, "beginning an archive") }
        let question = Unmanaged.passRetained(Question(isCancelled)).toOpaque()
        let ask: zip_cancel_callback = { _, question in
            guard let question else { return 0 }
            return Unmanaged<Question>.fromOpaque(question).takeUnretainedValue().isCancelled()
                ? 1 : 0
        }
        let forget: @convention(c) (UnsafeMutableRawPointer?) -> Void = { question in
            if let question { Unmanaged<Question>.fromOpaque(question).release() }
        }
        guard zip_register_cancel_callback_with_state(handle, ask, forget, question) == 0 else {
            throw failure("beginning an archive")
        }
    }

    deinit { discard() }

    /// Adds an entry.
    ///
    /// Everything that libzip would take from its surroundings is set: the time, and the mode of the file.
    func add(_ name: String, _ input: any ZipInput, of day: ArchiveDay) throws(ArchiveError) {
        guard let handle else { throw ArchiveError(.unwritable, "the archive was closed") }
        guard let source = ZipSource.make(input) else {
            throw ArchiveError(zip: ZIP_ER_MEMORY, "adding an entry")
        }
        let place = zip_file_add(handle, name, source, 0)
        guard place >= 0 else {
            zip_source_free(source)
            throw failure("adding an entry")
        }
        let entry = zip_uint64_t(place)
        let (time, date) = Self.timeAndDate(of: day)
        guard zip_set_file_compression(handle, entry, ZIP_CM_DEFLATE, Self.level) == 0,
            zip_file_set_dostime(handle, entry, time, date, 0) == 0,
            zip_file_set_external_attributes(
                handle,
                entry,
                0,
                zip_uint8_t(ZIP_OPSYS_UNIX),
                Self.attributes
            ) == 0
        else { throw failure("describing an entry") }
    }

    /// Writes the archive and puts it in its place; not durable yet.
    ///
    /// Fails soon when it is cancelled.
    func close() throws(ArchiveError) {
        guard let handle else { throw ArchiveError(.unwritable, "the archive was closed") }
        guard zip_close(handle) == 0 else { throw failure("writing an archive") }
        self.handle = nil
    }

    /// Lets go of everything without writing; idempotent.
    func discard() {
        if let handle { zip_discard(handle) }
        handle = nil
    }

    private func failure(_ doing: String) -> ArchiveError {
        guard let handle, let error = Optional(zip_get_error(handle)) else {
            return ArchiveError(.unwritable, doing)
        }
        let system = zip_error_code_system(error)
        let cause = ArchiveError(zip: zip_error_code_zip(error), system: system, doing)
        return ArchiveError(.unwritable, cause.message)
    }

    /// Noon of the day as MS-DOS has it, which knows the years 1980 to 2107.
    ///
    /// libzip takes the time on a way through the machine's time zone, where midnight is left out on some days: noon never is.
    private static func timeAndDate(of day: ArchiveDay) -> (time: zip_uint16_t, date: zip_uint16_t)
    {
        let (year, month, dayOfMonth) = day.date
        let date =
            switch year {
            case ..<1980: 1 << 5 | 1
            case 2108...: 127 << 9 | 12 << 5 | 31
            default: Int(year - 1980) << 9 | Int(month) << 5 | Int(dayOfMonth)
            }
        return (12 << 11, zip_uint16_t(date))
    }
}
