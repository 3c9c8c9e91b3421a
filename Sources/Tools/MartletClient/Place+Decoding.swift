extension Place {
    /// Reads the place that comes next.
    init(reading reader: inout JSONReader) throws(JSONReader.Malformed) {
        self.init(latitude: 0, longitude: 0)
        try reader.object { (key, reader) throws(JSONReader.Malformed) in
            if key == "latitude" {
                latitude = try reader.number() ?? 0
            } else if key == "longitude" {
                longitude = try reader.number() ?? 0
            } else if key == "name" {
                name = try reader.string()
            } else {
                try reader.skipValue()
            }
        }
    }
}
