/// Every finding's name, for programs; none ever changes its meaning.
enum DoctorCode: String, CaseIterable, CustomStringConvertible, Sendable {
    case ok
    case notChecked = "not_checked"
    /// A check took too long, or failed in a way that nobody thought of.
    case checkFailed = "check_failed"

    case configurationUnreadable = "configuration_unreadable"
    case settingUnknown = "setting_unknown"
    case settingInvalid = "setting_invalid"
    case variableUnknown = "variable_unknown"
    case credentialsMissing = "credentials_missing"
    case dataFolderMissing = "data_folder_missing"
    case dataFolderOpen = "data_folder_open"
    case keysMissing = "keys_missing"
    case keysOpen = "keys_open"
    case keysUnusable = "keys_unusable"

    case logUnreachable = "log_unreachable"
    case logStopped = "log_stopped"
    case logSlow = "log_slow"
    case brokerUnreachable = "broker_unreachable"
    case brokerTooOld = "broker_too_old"
    case topicMissing = "topic_missing"
    case topicPartitions = "topic_partitions"
    case topicConfiguration = "topic_configuration"
    case topicSingleCopy = "topic_single_copy"
    case topicCopiesMissing = "topic_copies_missing"
    case topicLeaderless = "topic_leaderless"

    case servicesStopped = "services_stopped"
    case serviceAbsent = "service_absent"
    case serviceSilent = "service_silent"
    case serviceNotReady = "service_not_ready"
    case serviceRestarted = "service_restarted"
    case filesScarce = "files_scarce"

    case readerBehind = "reader_behind"
    case readerStuck = "reader_stuck"
    case readerIdle = "reader_idle"
    case recordsMissed = "records_missed"
    case positionBeyondEnd = "position_beyond_end"

    case storeMissing = "store_missing"
    case storeUnreadable = "store_unreadable"
    case storeDamaged = "store_damaged"
    case storeContradicts = "store_contradicts"
    case storeUnfinished = "store_unfinished"
    case storeSparse = "store_sparse"

    case blobsUnusable = "blobs_unusable"
    case blobsSlow = "blobs_slow"

    case clockBehind = "clock_behind"
    case clockUnsynchronised = "clock_unsynchronised"
    case clockDiffers = "clock_differs"

    case diskFull = "disk_full"
    case diskFilling = "disk_filling"
    case inodesScarce = "inodes_scarce"
    case diskReadOnly = "disk_read_only"
    case diskUnwritable = "disk_unwritable"
    case diskSlow = "disk_slow"

    case deadLetters = "dead_letters"

    /// Such as `doctor.log_unreachable`.
    var description: String { "doctor.\(rawValue)" }
}
