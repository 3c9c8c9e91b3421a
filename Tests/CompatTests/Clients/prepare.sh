#!/usr/bin/env bash
# Makes the tests' Python environment, unless it is there, and prints the path of its interpreter.
#
# It is kept under .build, by what it is made of: a changed requirements.txt or another Python makes another one.
set -euo pipefail
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$clients/../../../.build/compat-venv
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
key=$({ cat "$clients/requirements.txt"; python3 -c 'import sys; print(sys.version, sys.prefix)'; } | sha256sum | cut -c 1-16)
folder=$cache/$key

exec 9>"$cache/$key.lock"
flock 9
if [ ! -e "$folder/complete" ]; then
    echo "Installing the Kafka clients and the S3 server of the tests" >&2
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --requirement "$clients/requirements.txt" >&2
    "$folder/bin/python" -m pip check --disable-pip-version-check >&2
    touch "$folder/complete"
fi
echo "$folder/bin/python"
