#!/bin/sh
# generate.sh PLUGIN [--check]
#
# Writes what is derived from this folder:
#   Sources/Core/Events/Generated/*.pb.swift            from *.proto, by protoc and PLUGIN (protoc-gen-swift)
#   Sources/Platform/EventLog/Generated/TopicFiles.swift  the *.yaml themselves, and the SHA-256 of every *.proto
#                                                         and of the file made of it, by which a test sees
#                                                         that nobody forgot to run this
# With --check nothing is written: it fails if anything would change.
set -eu

cd "$(dirname "$0")/.."
plugin=$1
check=${2:-}
messages=Sources/Core/Events/Generated
files=Sources/Platform/EventLog/Generated
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/messages" "$work/files"
protoc --plugin=protoc-gen-swift="$plugin" \
    --swift_opt=Visibility=Public --swift_opt=UseAccessLevelOnImports=true \
    --swift_out="$work/messages" --proto_path=topics topics/*.proto

digest() { sha256sum "$1" | cut -d ' ' -f 1; }

{
    echo '// Made by topics/generate.sh (make proto). Do not edit.'
    echo '// swift-format-ignore-file'
    echo
    echo '/// The files of topics/, as they were when the code was generated.'
    echo 'enum TopicFiles {'
    echo '    /// The text of each YAML file, by its name.'
    echo '    static let descriptions: [String: String] = ['
    for file in topics/*.yaml; do
        printf '        "%s": ##"""\n' "$(basename "$file")"
        sed 's/^\(.\)/            \1/' "$file"
        printf '\n            """##,\n'
    done
    echo '    ]'
    echo
    echo '    /// The SHA-256 of each schema and of the code generated from it, by the schema'"'"'s name.'
    echo '    static let schemas: [String: (schema: String, code: String)] = ['
    for file in topics/*.proto; do
        name=$(basename "$file" .proto)
        printf '        "%s.proto": (\n            schema: "%s",\n            code: "%s"\n        ),\n' \
            "$name" "$(digest "$file")" "$(digest "$work/messages/$name.pb.swift")"
    done
    echo '    ]'
    echo '}'
} > "$work/files/TopicFiles.swift"

if [ "$check" = --check ]; then
    diff -r "$work/messages" "$messages" && diff -r "$work/files" "$files" && exit 0
    echo 'Generated code is stale: run make proto.' >&2
    exit 1
fi

mkdir -p "$messages" "$files"
rm -f "$messages"/*.pb.swift
cp "$work/messages"/*.pb.swift "$messages/"
cp "$work/files/TopicFiles.swift" "$files/"
