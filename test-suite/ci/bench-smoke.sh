#!/usr/bin/env bash
# Runs razor-bench for two seconds on each runtime, server and client in two processes.
#
# Not a measurement: it finds a load generator that does not start, calls that fail, callers that starve.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo build --release --locked -p test-suite --bin razor-bench
target="$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
bench="$target/release/razor-bench"
scratch="$(mktemp -d)"
server=""

stop_server() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    server=""
}
trap 'stop_server; rm -rf "$scratch"' EXIT

fail() {
    echo "bench-smoke: $*"
    tail -n 20 "$scratch"/*.err || true
    exit 1
}

smoke() { # runtime
    local runtime="$1" address="" attempt
    : >"$scratch/server.out"
    "$bench" server --addr 127.0.0.1:0 --rt "$runtime" >"$scratch/server.out" 2>"$scratch/server.err" </dev/null &
    server=$!
    for attempt in $(seq 200); do
        address="$(awk '/^READY /{print $2; exit}' "$scratch/server.out")"
        [ -z "$address" ] || break
        kill -0 "$server" 2>/dev/null || fail "the server on $runtime ended"
        sleep 0.05
    done
    [ -n "$address" ] || fail "the server on $runtime did not print READY within $((attempt / 20)) s"

    local command=("$bench" client --addr "$address" --rt "$runtime" --callers 64 --conns 2 --payload 64
        --secs 2 --warm 1 --server-pid "$server")
    echo "+ ${command[*]}"
    timeout 30s "${command[@]}" >"$scratch/client.out" 2>"$scratch/client.err" </dev/null ||
        fail "the client on $runtime failed with $?"
    cat "$scratch/client.out"
    python3 - "$scratch/client.out" <<'CHECK' || fail "the client on $runtime was not content"
import json, sys

line = json.loads(open(sys.argv[1]).read().strip().splitlines()[-1])
assert line["n"] > 0, "no call was answered"
assert line["errors"] == 0, f"{line['errors']} calls failed: {line.get('first_error')}"
assert line["active_callers"] == line["callers"] == 64, f"only {line['active_callers']} callers got an answer"
CHECK
    stop_server
}

for runtime in tokio smol; do
    smoke "$runtime"
done
