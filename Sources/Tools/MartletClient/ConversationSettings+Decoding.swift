extension ConversationSettings {
    /// Reads the settings that come next.
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init()
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "post_from" {
                postFrom = try reader.role()
            } else if key == "edit_profile_from" {
                editProfileFrom = try reader.role()
            } else if key == "add_from" {
                addFrom = try reader.role()
            } else if key == "disappear_after_s" {
                disappearAfter = try reader.integer().map { .seconds($0) }
            } else {
                try reader.skipValue()
            }
        }
    }
}
