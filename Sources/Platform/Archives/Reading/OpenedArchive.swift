/// An archive whose directory was read.
struct OpenedArchive: Sendable {
    /// How large it is.
    let size: Int64
    let directory: ArchiveDirectory
    /// The last range that was read on the way: of a small archive, all of it.
    let tail: Stretch

    /// About how many bytes of memory it takes.
    var byteCost: Int { directory.byteCost + tail.bytes.count }

    init(size: Int64, directory: ArchiveDirectory, tail: Stretch) {
        self.size = size
        self.directory = directory
        // Of a large one nothing is needed of it any more.
        self.tail = tail.start == 0 ? tail : Stretch(start: 0, bytes: [])
    }
}
