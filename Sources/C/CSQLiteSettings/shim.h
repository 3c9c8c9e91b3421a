#pragma once
#include <sqlite3.h>

/// Ends SQLite's counting of the memory that it uses, which takes a lock for every allocation.
///
/// For the whole process, and only before SQLite is used for the first time; later it changes nothing and returns SQLITE_MISUSE.
/// Source: https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus
static inline int martlet_sqlite_without_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// Has SQLite put temporary files into a folder, if it can write there.
///
/// For the whole process; what it was before is not freed, for somebody may be reading it.
/// Source: https://www.sqlite.org/c3ref/temp_directory.html
static inline void martlet_sqlite_keep_temporary_files_in(const char *folder) {
    sqlite3_temp_directory = sqlite3_mprintf("%s", folder);
}
