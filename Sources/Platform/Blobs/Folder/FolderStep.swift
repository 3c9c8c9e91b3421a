/// A step of putting a blob into a folder at which the file system can fail or the process can die.
enum FolderStep: Hashable, Sendable, CaseIterable {
    case makeFolder, create, write, syncFile, rename, syncFolder
}

/// Looks on before each step, and says what it fails with: an error number, 0 for none. The seam for tests.
typealias FolderProbe = @Sendable (FolderStep) -> Int32
