#!/usr/bin/env bash
# Packs every crate that is published as a registry would take it, and builds each from its package alone.
#
# A crate of the workspace is found in the packages of the others, not by its path. Nothing is sent anywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# What a package must hold besides its sources; a symbolic link is packed as the file that it leads to.
readonly wanted=(Cargo.toml LICENSE README.md)

# The manifest tells: the name, and whether it is published.
mapfile -t published < <(cargo metadata --locked --no-deps --format-version 1 | python3 -c '
import json, sys
for package in json.load(sys.stdin)["packages"]:
    if package["publish"] != []:
        print(package["name"])')
[ "${#published[@]}" -gt 1 ] || { echo "package: no crates found that are published"; exit 1; }

packages=()
for name in "${published[@]}"; do
    packages+=(--package "$name")
    files="$(cargo package --package "$name" --locked --allow-dirty --list)"
    for file in "${wanted[@]}"; do
        grep -qxF "$file" <<<"$files" || { echo "package: $name has no $file"; exit 1; }
    done
    grep -qxE 'src/(lib|main)\.rs' <<<"$files" || { echo "package: $name has no sources"; exit 1; }
    if grep -E '^(tests|target)/' <<<"$files"; then
        echo "package: $name holds the files above"
        exit 1
    fi
done

# What the build needs is fetched here; the packages themselves are asked of no registry.
cargo fetch --locked
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
cargo package "${packages[@]}" --locked --allow-dirty --offline 2>&1 | tee "$log"
# Such as a missing description. That tests are left out is meant.
if grep '^warning' "$log" | grep -v '^warning: ignoring test '; then
    echo "package: there are warnings"
    exit 1
fi
for name in "${published[@]}"; do
    grep -q "Verifying $name " "$log" || { echo "package: $name was not built"; exit 1; }
done
