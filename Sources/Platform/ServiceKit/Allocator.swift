#if canImport(Glibc)
import Glibc
#endif

/// How the C library's allocator deals with memory that is free.
enum Allocator {
    /// Keeps what a burst took instead of giving it back and faulting it in again for the next: page faults and `madvise` were
    /// 6 % of persistence's time.
    static func keepFreedMemory() {
        #if canImport(Glibc)
        _ = mallopt(M_TRIM_THRESHOLD, 64 << 20)
        _ = mallopt(M_TOP_PAD, 1 << 20)
        _ = mallopt(M_MMAP_THRESHOLD, 8 << 20)
        #endif
    }
}
