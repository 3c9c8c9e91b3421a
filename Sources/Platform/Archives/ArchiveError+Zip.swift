import CZip

extension ArchiveError {
    /// What a code of libzip means to us, in libzip's own words.
    init(zip code: Int32, system: Int32 = 0, _ doing: String) {
        var error = zip_error_t()
        zip_error_init(&error)
        zip_error_set(&error, code, system)
        defer { zip_error_fini(&error) }
        self.init(Self.kind(of: code), "\(doing): \(String(cString: zip_error_strerror(&error)))")
    }

    private static func kind(of code: Int32) -> Code {
        switch code {
        case ZIP_ER_MEMORY, ZIP_ER_READ, ZIP_ER_OPEN: .unavailable
        case ZIP_ER_RENAME, ZIP_ER_CLOSE, ZIP_ER_WRITE, ZIP_ER_TMPOPEN, ZIP_ER_REMOVE: .unwritable
        default: .corrupt
        }
    }
}
