#!/usr/bin/env bash
# Peers of the published crates and of this repository call each other: `bash interop/run.sh`.
#
# A workspace of its own: its lock file pins the published crates, and the project does not depend on them. After a
# change of the dependencies of the project, `cargo metadata` in this folder brings the lock file up to date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Not `--all`: that is also the packages in the paths of the dependencies.
cargo fmt --check -p values -p published -p ours -p trips

# The program that calls methods from a shell is a peer too.
cargo build --locked --manifest-path ../Cargo.toml --package razor-cli
target="$(cargo metadata --locked --no-deps --format-version 1 --manifest-path ../Cargo.toml |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
export RAZOR_CALL="$target/debug/razor-call"

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
cargo test --locked --package trips --test trips 2>&1 | tee "$log"

# A filter that matches nothing would be green as well.
passed="$(sed -n 's/^test result: ok\. \([0-9]*\) passed; 0 failed; 0 ignored;.*/\1/p' "$log")"
[ "${passed:-0}" -gt 0 ] || { echo "interop: no test ran"; exit 1; }

version() { sed -n "/^name = \"$1\"$/{n;s/^version = \"\(.*\)\"$/\1/p}" Cargo.lock | sort | paste -sd ' '; }
echo "interop: $passed scenarios passed, razor-rpc $(version razor-rpc), razor-stream $(version razor-stream)"
