/// A place on earth.
public struct Place: Sendable, Hashable {
    /// In degrees, north positive.
    public var latitude: Double
    /// In degrees, east positive.
    public var longitude: Double
    /// What it is called.
    public var name: String?

    /// A place of its parts.
    public init(latitude: Double, longitude: Double, name: String? = nil) {
        self.latitude = latitude
        self.longitude = longitude
        self.name = name
    }
}
