/// A normalised phone number or e-mail address: `tel:+15551230001`, `mailto:ada@example.org`.
///
/// Two ways of writing the same address normalise to the same value. Never logged: it is personal data.
public struct AccountAddress: Hashable, Sendable, CustomStringConvertible {
    /// The URI form that is hashed.
    public let description: String

    /// Normalises a phone number in international form.
    ///
    /// Spaces, dots, hyphens, slashes and parentheses are dropped, a leading `00` becomes `+`. `nil`
    /// unless what is left is `+` and 7 to 15 digits, the first not 0 (E.164).
    public init?(phone: String) {
        var digits = ""
        var hasPlus = false
        for character in phone {
            switch character {
            case "0"..."9":
                digits.append(character)
            case "+" where digits.isEmpty && !hasPlus:
                hasPlus = true
            case " ", "-", ".", "(", ")", "/":
                continue
            default:
                return nil
            }
        }
        if !hasPlus, digits.hasPrefix("00") {
            digits.removeFirst(2)
            hasPlus = true
        }
        guard hasPlus, (7...15).contains(digits.count), digits.first != "0" else { return nil }
        description = "tel:+\(digits)"
    }

    /// Normalises an e-mail address: trimmed of spaces, in lower case.
    ///
    /// `nil` unless it is at most 254 bytes of visible ASCII with one `@`, something before it (64
    /// bytes at most) and a dotted domain after it (the practical part of RFC 5321).
    public init?(email: String) {
        let text = String(email.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            .lowercased()
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), text.utf8.count <= 254,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2,
            labels.allSatisfy({ label in
                !label.isEmpty && label.utf8.count <= 63 && label.first != "-"
                    && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            })
        else { return nil }
        description = "mailto:\(text)"
    }

    /// Reads a phone number or an e-mail address: with an `@` it is an e-mail address.
    public init?(parsing text: String) {
        if text.contains("@") {
            self.init(email: text)
        } else {
            self.init(phone: text)
        }
    }
}
