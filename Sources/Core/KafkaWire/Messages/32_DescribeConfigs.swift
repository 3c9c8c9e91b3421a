// DescribeConfigs, versions 0 to 4.

/// Asks for settings.
public struct DescribeConfigsRequest: WireRequest {
    /// The answer.
    public typealias Response = DescribeConfigsResponse

    /// The number of this kind of request.
    public static let key = APIKey.describeConfigs
    /// The versions that are served.
    public static let versions: ClosedRange<Int16> = 0...4
    /// The first flexible version.
    public static let flexibleFrom: Int16 = 4

    /// Whose settings.
    public struct Resource: WireElement {
        /// 2: a topic, 4: a broker.
        public var type: Int8 = 0
        /// Its name.
        public var name: String = ""
        /// Which settings; null: all.
        public var configNames: [String]?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.integer(&type)
            try coder.string(&name)
            try coder.nullableArray(&configNames)
            try coder.tags()
        }
    }

    /// What is asked.
    public var resources: [Resource] = []
    /// Whether synonyms are wanted.
    public var includesSynonyms: Bool = false
    /// Whether explanations are wanted.
    public var includesDocumentation: Bool = false

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.array(&resources)
        if coder.version >= 1 { try coder.bool(&includesSynonyms) }
        if coder.version >= 3 { try coder.bool(&includesDocumentation) }
        try coder.tags()
    }
}

/// Settings.
public struct DescribeConfigsResponse: WireElement {
    /// A setting by another name.
    public struct Synonym: WireElement {
        /// Its name.
        public var name: String = ""
        /// Its value.
        public var value: String?
        /// Where it comes from.
        public var source: Int8 = 0

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.integer(&source)
            try coder.tags()
        }
    }

    /// A setting.
    public struct Config: WireElement {
        /// Its name.
        public var name: String = ""
        /// Its value.
        public var value: String?
        /// Whether it can not be changed.
        public var isReadOnly: Bool = false
        /// Whether it is the default.
        public var isDefault: Bool = false
        /// 1: the topic's own, 5: the default.
        public var source: Int8 = 5
        /// Whether it is secret.
        public var isSensitive: Bool = false
        /// None.
        public var synonyms: [Synonym] = []
        /// 0: unknown.
        public var type: Int8 = 0
        /// None.
        public var documentation: String?

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.bool(&isReadOnly)
            if coder.version == 0 { try coder.bool(&isDefault) }
            if coder.version >= 1 { try coder.integer(&source) }
            try coder.bool(&isSensitive)
            if coder.version >= 1 { try coder.array(&synonyms) }
            if coder.version >= 3 { try coder.integer(&type) }
            if coder.version >= 3 { try coder.nullableString(&documentation) }
            try coder.tags()
        }
    }

    /// Somebody's settings.
    public struct Result: WireElement {
        /// Why not.
        public var error: ErrorCode = .none
        /// Why not, in words.
        public var errorMessage: String?
        /// 2: a topic, 4: a broker.
        public var resourceType: Int8 = 0
        /// Its name.
        public var resourceName: String = ""
        /// The settings.
        public var configs: [Config] = []

        /// A value to fill.
        public init() {}

        /// The fields in the order of the protocol.
        public mutating func code(_ coder: inout WireCoder) throws(WireError) {
            try coder.error(&error)
            try coder.nullableString(&errorMessage)
            try coder.integer(&resourceType)
            try coder.string(&resourceName)
            try coder.array(&configs)
            try coder.tags()
        }
    }

    /// How long the client is to wait: never, here.
    public var throttleMilliseconds: Int32 = 0
    /// The settings.
    public var results: [Result] = []

    /// A value to fill.
    public init() {}

    /// The fields in the order of the protocol.
    public mutating func code(_ coder: inout WireCoder) throws(WireError) {
        try coder.integer(&throttleMilliseconds)
        try coder.array(&results)
        try coder.tags()
    }
}
