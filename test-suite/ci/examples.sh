#!/usr/bin/env bash
# Runs every example of the workspace in release; each has to end well, and by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Built first, so that the time limit is for running alone.
cargo build --release --locked --workspace --all-features --examples
metadata="$(cargo metadata --locked --no-deps --format-version 1)"
target="$(python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])' <<<"$metadata")"
examples="$(python3 -c '
import json, sys
for package in json.load(sys.stdin)["packages"]:
    for target in package["targets"]:
        if target["kind"] == ["example"]:
            print(target["name"])
' <<<"$metadata")"
[ -n "$examples" ] || { echo "examples: none found"; exit 1; }

# They share one directory, so two of one name would be one binary.
twice="$(sort <<<"$examples" | uniq -d)"
[ -z "$twice" ] || { echo "examples: two of one name: $twice"; exit 1; }

for example in $examples; do
    echo "+ $example"
    timeout --kill-after=5s 60s "$target/release/examples/$example" </dev/null ||
        { code=$?; echo "examples: $example failed with $code (124: it did not end within 60 s)"; exit 1; }
done
