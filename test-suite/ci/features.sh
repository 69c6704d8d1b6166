#!/usr/bin/env bash
# Checks each crate of the workspace without features, and with each of its features alone; and tests log lines without
# captains-log, since all other tests have it.
#
# One crate at a time, so that no other crate turns on what this one forgot to ask for. By clippy, because a
# feature that leaves something unused behind is a mistake too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cases="$(cargo metadata --locked --no-deps --format-version 1 | python3 -c '
import json, sys
for package in json.load(sys.stdin)["packages"]:
    print(package["name"], "")
    for feature in sorted(package["features"]):
        print(package["name"], feature)
')"
[ -n "$cases" ] || { echo "features: no crates found"; exit 1; }

while read -r package feature; do
    command=(cargo clippy --quiet --locked -p "$package" --no-default-features)
    [ -z "$feature" ] || command+=(--features "$feature")
    echo "+ ${command[*]}"
    "${command[@]}" -- -D warnings </dev/null
done <<<"$cases"

for tests in "-p razor-stream --lib log::" "-p test-suite --test log"; do
    read -ra which <<<"$tests"
    command=(cargo test --quiet --locked --no-default-features "${which[@]}")
    echo "+ ${command[*]}"
    "${command[@]}" </dev/null
done
