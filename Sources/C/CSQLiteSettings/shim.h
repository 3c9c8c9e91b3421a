#pragma once
#include <sqlite3.h>

/// Ends SQLite's counting of the memory that it uses, which takes a lock for every allocation.
///
/// For the whole process, and only before SQLite is used for the first time; later it changes nothing and returns SQLITE_MISUSE.
/// Source: https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus
static inline int martlet_sqlite_without_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
