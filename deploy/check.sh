#!/bin/sh
# Checks the Compose file and the systemd units with the tools that will read them: Docker Compose 2 (`docker compose`) or 1
# (`docker-compose`), and systemd-analyze. A tool that is not installed is named and left out; `--require` makes it an error.
set -eu
cd "$(dirname "$0")"
require=${1:-}

missing() {
    echo "$1 is not installed: $2 not checked"
    [ "$require" != --require ] || exit 1
}

if docker compose version >/dev/null 2>&1; then
    docker compose --file compose.yaml config --quiet
    echo "compose.yaml: valid"
elif command -v docker-compose >/dev/null 2>&1; then
    docker-compose --file compose.yaml config --quiet
    echo "compose.yaml: valid"
else
    missing "docker compose" compose.yaml
fi

if command -v systemd-analyze >/dev/null 2>&1; then
    # The units name the installed executables; what stands in for them here only has to exist.
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    mkdir "$folder/bin" "$folder/units"
    for unit in systemd/*; do
        sed "s#/usr/local/bin#$folder/bin#" "$unit" >"$folder/units/$(basename "$unit")"
    done
    grep -ho "^ExecStart=[^ ]*" "$folder"/units/* | cut -d= -f2 | sort -u | while read -r program; do
        printf '#!/bin/sh\n' >"$program"
        chmod +x "$program"
    done
    complaints=$(SYSTEMD_UNIT_PATH="$folder/units:" systemd-analyze verify --man=no "$folder"/units/* 2>&1) || {
        echo "$complaints" >&2
        exit 1
    }
    if [ -n "$complaints" ]; then
        echo "$complaints" >&2
        exit 1
    fi
    echo "systemd units: valid"
else
    missing systemd-analyze "the systemd units"
fi
