import Testing

@Suite struct SwiftTextTests {
    @Test func commentsAndLiteralsAreBlankedAndLinesStay() {
        let text = """
            let a = "print( \\(b("}")) {" // try!
            /* fatalError( /* nested */ } */ let c = #"a " {"#
            """
        let code = SwiftText.withoutCommentsAndLiterals(text)
        #expect(code.utf8.count == text.utf8.count)
        for word in ["print(", "try!", "fatalError", "{", "}"] { #expect(!code.contains(word)) }
        #expect(code.contains("let a = \""))
        #expect(code.contains("let c = #\""))
    }

    @Test func longLiteralsAreBlanked() {
        let text = "let a = \"\"\"\n    { \" try! \\(x(1)) \"quoted\"\n    \"\"\"\nlet b = 1"
        let code = SwiftText.withoutCommentsAndLiterals(text)
        #expect(!code.contains("{"))
        #expect(!code.contains("try!"))
        #expect(code.contains("let b = 1"))
    }

    @Test func functionsAreMeasuredFromDeclarationToClosingBrace() {
        let code = """
            protocol P {
                func required()
                func alsoRequired() -> Int
            }
            struct S {
                let f = { 1 }
                public static func one(
                    _ body: () -> Void = {}
                ) {
                    if true {
                        func inner() {
                        }
                    }
                }
                init() { x() }
            }
            """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let functions = SwiftText.functions(in: code)
        #expect(functions.map(\.line) == [11, 7, 15])
        #expect(functions.map(\.length) == [2, 8, 1])
    }
}
