#!/usr/bin/env python3
"""Writes the table and the chart of a comparison: report.py LINES.jsonl DIR

Reads the JSON lines that `compare` collects: one about the machine, one per run. Does not know how they were measured;
what is not in them is not printed.
"""

import html
import json
import pathlib
import statistics
import sys

WORKLOADS = {
    "W1": "1 caller, 1 connection, 64 B",
    "W2": "128 callers, 1 connection, 64 B",
    "W3": "1024 callers, 1 connection, 64 B",
    "W4": "256 callers, 8 connections, 64 B",
    "W5": "64 callers, 1 connection, 16 KiB",
    "W6": "8 callers, 1 connection, 1 MiB",
}
OURS, LIMIT = "razor-rpc", "limit"


def read(lines):
    """What is known of the machine, and the runs by workload and peer."""
    meta, runs = {}, {}
    for line in lines:
        record = json.loads(line)
        if "meta" in record:
            meta = record["meta"]
        else:
            runs.setdefault(record["tag"], {}).setdefault(record["peer"], []).append(record)
    return meta, {tag: runs[tag] for tag in sorted(runs)}


def good(runs):
    """The runs that count: a run in which calls failed did not do the work."""
    return [run for run in runs if "failed" not in run and not run["errors"]]


def median(runs, field):
    """Of the runs that have measured it; None if there is none."""
    values = [run[field] for run in good(runs) if run.get(field) is not None]
    return statistics.median(values) if values else None


def cpu(runs):
    """Microseconds of a call that both processes together were running: the median of those sums."""
    sums = [run["client_cpu_us"] + run["server_cpu_us"] for run in good(runs)
            if run.get("client_cpu_us") is not None and run.get("server_cpu_us") is not None]
    return statistics.median(sums) if sums else None


def ratio(runs, others):
    """The median of the ratios within a round: a drift of the machine falls on both."""
    theirs = {run["round"]: run["rps"] for run in good(others)}
    ratios = [run["rps"] / theirs[run["round"]] for run in good(runs) if run["round"] in theirs]
    return statistics.median(ratios) if ratios else None


def kind_of(peer):
    """Ours with its variants, the limit, or another bar."""
    if peer == LIMIT:
        return "limit"
    return "ours" if peer == OURS or peer.startswith(f"{OURS},") else "bar"


def fastest_first(peers):
    return sorted(peers, key=lambda peer: -(median(peers[peer], "rps") or 0))


def number(value, digits=1):
    if value is None:
        return "–"
    return f"{value:,.{digits}f}" if abs(value) < 1000 else f"{value:,.0f}"


def times(value):
    return "–" if value is None else f"{value:.2f} ×" if value < 10 else f"{value:.1f} ×"


def remarks(runs):
    """How many runs the figures come from, and what went wrong in the others."""
    counted = good(runs)
    words = [f"{len(counted)}"]
    if len(counted) < len(runs):
        bad = next(run for run in runs if run not in counted)
        why = bad.get("failed") or f"{bad['errors']} calls failed: {bad.get('first_error')}"
        words = [f"{len(counted)} of {len(runs)}, failed: {why.replace('|', '/')}"]
    starved = [run["callers"] - run["active_callers"] for run in counted if run["active_callers"] < run["callers"]]
    if starved:
        words.append(f"up to {max(starved)} callers without an answer")
    return "; ".join(words)


def row(peer, peers):
    runs = peers[peer]
    cells = [f"**{peer}**" if kind_of(peer) == "ours" else peer, number(median(runs, "rps"), 0), number(cpu(runs), 2)]
    cells.append("" if peer == OURS else times(ratio(peers.get(OURS, []), runs)))
    cells.append("" if peer == LIMIT else times(ratio(runs, peers.get(LIMIT, []))))
    cells += [number(median(runs, field)) for field in ("p50_us", "p999_us")]
    cells += [number(median(runs, field), 2) for field in ("client_cpu_us", "server_cpu_us")]
    return "| " + " | ".join([*cells, remarks(runs)]) + " |"


def about(meta):
    """The machine and how to repeat this, as pairs."""
    facts = [
        ("CPU", f"{meta['cpu']}, {meta['cores']} cores"),
        ("Kernel", meta["kernel"]),
        ("Compiler", meta["compiler"]),
        ("Peers", meta["versions"].replace("; ", ", ")),
        ("Commit", meta["commit"]),
        ("Runs", f"{meta['rounds']} of {meta['secs']:g} s for each on {meta['date']}, peers in turn"),
        ("Pinned", meta["pinned"] or "no"),
        ("Load", f"{meta['load']:.1f} before the first run, all cores together" if "load" in meta else ""),
    ]
    return [(name, value) for name, value in facts if value]


def table(meta, runs):
    """The Markdown page."""
    out = [
        "# razor-rpc side by side",
        "",
        "Written by `bench/compare`; [bench/README.md](../bench/README.md) says what is measured and how fair it is.",
        "`limit` is an echo by hand on plain tokio: no codec, no deadlines, no error path; it writes in mid-batch as razor-rpc does.",
        "",
        "![Calls per second, by workload](compare.svg)",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in about(meta)),
        "",
        f"To repeat it: `{meta['command']}`",
        "",
        "Figures are medians of the runs; ratios are medians of the ratios within a round, since machines drift.",
        "“CPU µs/call” is what client and server used together for a call, then by side. It is the steadier figure: calls per second also",
        "depend on how long a core sleeps before it is woken, and on what else the machine does.",
        f"“{OURS} is 2 ×”: it answers twice as many calls as the peer of that row; “0.5 × of the limit”: half of those of `limit`.",
    ]
    for tag, peers in runs.items():
        out += [
            "",
            f"## {tag}: {WORKLOADS.get(tag, '')}",
            "",
            f"| | calls/s | CPU µs/call | {OURS} is | of the limit | p50 µs | p99.9 µs | client µs | server µs | runs |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
            *(row(peer, peers) for peer in fastest_first(peers)),
        ]
    return "\n".join(out) + "\n"


# The chart: panels in two columns, a bar for each peer, each panel with a scale of its own.
WIDTH, MARGIN, COLUMN, LABEL, VALUE, LINE, TITLE = 920, 20, 430, 132, 68, 20, 26
# It has a background of its own, so that it is readable on any page.
STYLE = """
  .back { fill: #ffffff; stroke: #d0d7de } text { fill: #1f2328; font: 12px system-ui, sans-serif }
  .head { font-size: 15px; font-weight: 600 } .title { font-weight: 600 } .note { fill: #59636e; font-size: 11px }
  .value { font-variant-numeric: tabular-nums } .bar { fill: #8c959f } .ours { fill: #0969da } .limit { fill: #d8dee4 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; stroke: #3d444d } text { fill: #f0f6fc } .note { fill: #9198a1 }
    .bar { fill: #656c76 } .ours { fill: #4493f8 } .limit { fill: #2f3742 }
  }
"""


def text(x, y, words, kind, anchor="start"):
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{html.escape(words)}</text>'


def panel(x, y, tag, peers):
    rates = {peer: median(peers[peer], "rps") for peer in fastest_first(peers)}
    most = max((rate for rate in rates.values() if rate), default=1)
    out = [text(x, y + 12, f"{tag}: {WORKLOADS.get(tag, '')}", "title")]
    for at, (peer, rate) in enumerate(rates.items()):
        top = y + TITLE + at * LINE
        out.append(text(x + LABEL - 8, top + 12, peer, "label", "end"))
        length = (rate or 0) / most * (COLUMN - LABEL - VALUE)
        if rate:
            out.append(f'<rect class="{kind_of(peer)}" x="{x + LABEL}" y="{top}" width="{max(length, 1):.1f}" '
                       f'height="{LINE - 5}" rx="2"/>')
        out.append(text(x + LABEL + length + 6, top + 12, number(rate, 0) if rate else "failed", "value"))
    return out


def chart(meta, runs):
    """The SVG picture."""
    body, y = [], 62
    panels = list(runs.items())
    for pair in (panels[at:at + 2] for at in range(0, len(panels), 2)):
        for at, (tag, peers) in enumerate(pair):
            body += panel(MARGIN + at * (COLUMN + MARGIN), y, tag, peers)
        y += TITLE + max(len(peers) for _, peers in pair) * LINE + 16
    machine = f"{meta['cpu']}, {meta['cores']} cores, {meta['kernel']}, {meta['compiler']}"
    body += [text(MARGIN, y + 4, machine, "note"), text(MARGIN, y + 20, f"To repeat it: {meta['command']}", "note")]
    height = y + 34
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-label="Calls per second, by workload">',
        f"<style>{STYLE}</style>",
        f'<rect class="back" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        text(MARGIN, 28, "Calls per second: longer is better", "head"),
        text(MARGIN, 45, f"Medians of {meta['rounds']} interleaved rounds, one thread a side. "
             f"{LIMIT}: by hand on plain tokio. Each workload has a scale of its own.", "note"),
    ]
    return "\n".join([*head, *body, "</svg>"]) + "\n"


def main(lines, directory):
    with open(lines, encoding="utf-8") as file:
        meta, runs = read(file)
    directory = pathlib.Path(directory)
    (directory / "compare.md").write_text(table(meta, runs), encoding="utf-8")
    (directory / "compare.svg").write_text(chart(meta, runs), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
