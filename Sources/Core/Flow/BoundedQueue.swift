import DequeModule

/// A first-in, first-out queue that refuses what is beyond its bounds, in count and in bytes, instead of growing.
public struct BoundedQueue<Element> {
    /// Elements at most.
    public let countMax: Int
    /// Bytes at most.
    public let bytesMax: Int
    /// The bytes of what is in it, as they were told.
    public private(set) var bytes = 0
    private var elements: Deque<(element: Element, bytes: Int)> = []

    /// An empty queue with bounds.
    ///
    /// - Precondition: both bounds are positive.
    public init(countMax: Int, bytesMax: Int = .max) {
        precondition(countMax > 0 && bytesMax > 0, "a queue has room for something")
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// How many elements are in it.
    public var count: Int { elements.count }
    /// Whether there is nothing in it.
    public var isEmpty: Bool { elements.isEmpty }
    /// The oldest element.
    public var first: Element? { elements.first?.element }

    /// Puts an element at the end; `false` if there is no room: then nothing has changed.
    public mutating func append(_ element: Element, bytes: Int = 0) -> Bool {
        guard elements.count < countMax, bytes >= 0, bytes <= bytesMax - self.bytes else {
            return false
        }
        elements.append((element, bytes))
        self.bytes += bytes
        return true
    }

    /// Takes the oldest element.
    public mutating func popFirst() -> Element? {
        guard let (element, bytes) = elements.popFirst() else { return nil }
        self.bytes -= bytes
        return element
    }
}

extension BoundedQueue: Sendable where Element: Sendable {}
