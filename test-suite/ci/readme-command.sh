#!/usr/bin/env bash
# Runs the command of the README that begins with the given words, exactly as it is printed there.
#
# None, or more than one, is an error: what is checked must be what a reader would type.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

begins="$1"
[ -f README.md ] || { echo "readme-command: there is no README.md"; exit 1; }
# Only lines inside of fenced blocks, with or without a prompt.
mapfile -t commands < <(awk -v begins="$begins" '
    /^```/ { fenced = !fenced; next }
    fenced { sub(/^[ \t]*(\$ )?/, ""); if (index($0 " ", begins " ") == 1) print }' README.md)

if [ "${#commands[@]}" -ne 1 ]; then
    echo "readme-command: README.md has ${#commands[@]} commands that begin with '$begins', not one"
    printf '  %s\n' "${commands[@]}"
    exit 1
fi
echo "+ ${commands[0]}"
exec bash -euo pipefail -c "${commands[0]}"
