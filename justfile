# What is checked, one recipe per step. `just check` is what every push has to pass; `.ci/run` installs the
# tools and runs the same list.
#
# There is one compiler, the oldest that is promised (`rust-version` in Cargo.toml), and everything below runs
# on it; so there is no step of its own for it.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes.
default:
    @just --list

# Everything that every push has to pass.
check: fmt clippy doc typos deny machete features test ui examples guides package bench compare interop

# The form of the code.
fmt:
    cargo fmt --all --check

# Lints, as errors; `--locked` also finds a Cargo.lock that is not up to date.
clippy:
    cargo clippy --locked --workspace --all-targets --all-features -- -D warnings

# The documentation builds and its links lead somewhere.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps

# Spelling, in British or American English.
typos:
    typos

# Dependencies: versions, licences, sources.
deny:
    cargo deny --locked check -D unnecessary-skip -D unmatched-skip bans licenses sources

# Dependencies that nobody uses.
machete:
    cargo machete

# Each crate without its features, and with each of them alone.
features:
    bash test-suite/ci/features.sh

# The tests, by the command in the README.
test:
    bash test-suite/ci/readme-command.sh 'cargo test'

# What the compiler says about tasks and services that are written wrong.
ui:
    cargo test --locked -p test-suite --features ui --test ui

# The first command of the README, and every example of the workspace.
examples:
    bash test-suite/ci/readme-command.sh 'cargo run'
    bash test-suite/ci/examples.sh

# The programs of other libraries that pages in docs show beside ours.
guides:
    cargo run --locked --manifest-path bench/Cargo.toml -p peer-tarpc --example tarpc_store
    cargo run --locked --manifest-path bench/Cargo.toml -p peer-tonic --example tonic_store
    cargo run --locked --manifest-path bench/Cargo.toml -p peer-published --example published_store

# Every published crate, packed as for a registry and built from its package alone.
package:
    bash test-suite/ci/package.sh

# The load generator for two seconds on each runtime.
bench:
    bash test-suite/ci/bench-smoke.sh

# The comparison with other frameworks, on made-up figures: that its tables and its chart say what was measured.
compare:
    bench/compare --self-test

# Peers built from the published crates, in both directions.
interop:
    bash interop/run.sh
