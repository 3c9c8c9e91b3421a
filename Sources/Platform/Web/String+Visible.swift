extension String {
    /// Whether there is anything to be seen: not only spaces, control characters and what is ignored.
    public var isMoreThanBlank: Bool { unicodeScalars.contains(where: Self.isVisible) }

    /// Whether there are control characters or separators of lines, which a text of one line has not.
    public var hasControls: Bool {
        unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0.value == 0x2028 || $0.value == 0x2029
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value > 0x20 && scalar.value != 0x7F }
        let properties = scalar.properties
        return !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint
            && properties.generalCategory != .control && properties.generalCategory != .format
    }
}
