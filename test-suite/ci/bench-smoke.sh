#!/usr/bin/env bash
# Runs razor-bench for a moment: every method, over TCP and unix sockets, on every runtime.
#
# Not a measurement: it finds a load generator that does not start, calls that fail, callers that starve, an
# unknown option that is taken, and a client that measures nothing and calls that a success.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cargo build --release --locked -p test-suite --bin razor-bench
bin="$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/razor-bench"
readonly bin

scratch="$(mktemp -d)"
readonly scratch
server=""
stop_server() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    server=""
}
trap 'stop_server; rm -rf "$scratch"' EXIT

fail() {
    echo "bench-smoke: $*" >&2
    exit 1
}

addr=""
start_server() { # runtime, where to listen
    rm -f "$scratch/ready"
    mkfifo "$scratch/ready"
    "$bin" server --addr "$2" --rt "$1" >"$scratch/ready" </dev/null &
    server=$!
    # Until its first line, or its end, or for 20 s.
    local word=""
    read -r -t 20 word addr <"$scratch/ready" || true
    [ "$word" = READY ] || fail "the server on $1 at $2 did not say READY but '$word $addr'"
}

# Prints the JSON line of a run and checks it.
run() { # what must hold, the options of the client...
    local must="$1" line
    shift
    line="$(timeout 60 "$bin" client --addr "$addr" --server-pid "$server" "$@" </dev/null)" ||
        fail "the client failed: $*"
    echo "$line"
    python3 -c 'import json, sys; sys.exit(not eval(sys.argv[2], {}, json.loads(sys.argv[1])))' \
        "$line" "errors == 0 and ($must)" || fail "not so: errors == 0 and ($must)"
}

for rt in tokio smol orb-smol; do
    for listen in 127.0.0.1:0 "$scratch/$rt.sock"; do
        start_server "$rt" "$listen"
        for method in echo echo_wait record blob; do
            run 'n > 0 and active_callers == callers == 64 and server_cpu_us > 0' \
                --rt "$rt" --method "$method" --tag "$method" --callers 64 --conns 2 --secs 2 --warm 0.5
        done
        run 'done == conns == 50' --rt "$rt" --idle 1 --callers 50 --conns 50 --secs 0.5 --warm 0
        stop_server
    done
done

# Exit code 2 is that of a command line that is not understood.
refused() {
    local code=0
    timeout 10 "$bin" "$@" >"$scratch/out" 2>&1 </dev/null || code=$?
    [ "$code" -eq 2 ] || fail "'$*' was not refused (exit code $code)"
}
refused server --no-such-option 1
refused client --addr "$addr" --no-such-option 1

# The last server is gone, so nobody listens at its address.
code=0
timeout 20 "$bin" client --addr "$addr" --secs 0.5 --warm 0.1 \
    >"$scratch/out" 2>"$scratch/err" </dev/null || code=$?
[ "$code" -eq 1 ] || fail "a client without a server ended with exit code $code"
[ ! -s "$scratch/out" ] || fail "a client without a server reported: $(cat "$scratch/out")"
grep -q "no call was answered" "$scratch/err" || fail "it did not say why: $(cat "$scratch/err")"

echo "bench-smoke: ok"
