/// An element of an XML document, of as much of XML as answers of S3 need.
struct XMLElement: Sendable {
    /// Its name.
    let name: String
    /// Its text, that of elements in it left out.
    fileprivate(set) var text = ""
    /// The elements in it, in order.
    fileprivate(set) var children: [XMLElement] = []

    init(name: String) {
        self.name = name
    }

    /// The first element of that name in it.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The elements of that name in it.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    mutating func append(_ child: XMLElement) { children.append(child) }

    mutating func append(text more: String) { text += more }
}
