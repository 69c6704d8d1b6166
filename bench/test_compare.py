"""Tests of `compare` and `report.py` on canned lines and made-up peers: `bench/compare --self-test`."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

import report

HERE = pathlib.Path(__file__).parent
META = {"cpu": "Z80 <fast>", "cores": 2, "kernel": "Linux 1.0", "compiler": "rustc 1.95.0", "commit": "abc", "rounds": 3,
        "versions": "tarpc 1.2.3; tonic 4.5.6", "pinned": "", "load": 0.25, "secs": 0.5, "date": "2030-01-01",
        "command": "bench/compare --rounds 3"}


def run(peer, round_, rps, tag="W2", **more):
    line = {"peer": peer, "tag": tag, "round": round_, "rps": rps, "callers": 128, "active_callers": 128, "errors": 0,
            "p50_us": 10.0, "p999_us": 25.5, "client_cpu_us": 1.25, "server_cpu_us": 0.75, "first_error": None}
    return json.dumps(line | more)


def failed(peer, round_, why="it fell | over"):
    return json.dumps({"peer": peer, "tag": "W2", "round": round_, "failed": why})


# The machine doubles its speed in round 2 and drops to a tenth in round 3; ours is always 4 times tarpc.
LINES = [json.dumps({"meta": META})] + [
    line
    for round_, drift in ((1, 1000), (2, 2000), (3, 100))
    for line in (run("limit", round_, 8 * drift), run("razor-rpc", round_, 4 * drift), run("tarpc", round_, drift))
]


def page(lines):
    return report.table(*report.read(lines))


def row(lines, peer):
    """The cells of a peer's row."""
    rows = [line for line in page(lines).splitlines() if line.startswith((f"| {peer} |", f"| **{peer}** |"))]
    assert len(rows) == 1, rows
    return [cell.strip() for cell in rows[0].strip("|").split("|")]


class Table(unittest.TestCase):
    def test_figures_are_medians_and_ratios_are_taken_within_rounds(self):
        self.assertEqual(
            row(LINES, "tarpc"), ["tarpc", "1,000", "2.00", "4.00 ×", "0.12 ×", "10.0", "25.5", "1.25", "0.75", "3"])
        self.assertEqual(row(LINES, "razor-rpc")[1:5], ["4,000", "2.00", "", "0.50 ×"])
        # Not the ratio of medians: here each falls into another round.
        lines = [run("razor-rpc", r, n) for r, n in ((1, 30), (2, 10), (3, 20))]
        lines += [run("tarpc", r, n) for r, n in ((1, 10), (2, 10), (3, 4))]
        self.assertEqual(row([LINES[0], *lines], "tarpc")[3], "3.00 ×")

    def test_cpu_is_that_of_both_sides_of_one_run(self):
        # The median of the sums, 3, 4 and 5; not the sum of the medians, 2 and 1.
        lines = [LINES[0], *(run("tarpc", r, 10, client_cpu_us=c, server_cpu_us=s)
                             for r, c, s in ((1, 2.0, 1.0), (2, 3.0, 1.0), (3, 1.0, 4.0)))]
        self.assertEqual(row(lines, "tarpc")[2], "4.00")
        self.assertIn("steadier figure", page(lines))

    def test_a_round_in_which_one_of_two_failed_has_no_ratio(self):
        lines = [LINES[0], run("razor-rpc", 1, 100), run("razor-rpc", 2, 900), failed("tarpc", 1), run("tarpc", 2, 100)]
        cells = row(lines, "tarpc")
        self.assertEqual(cells[1:4], ["100", "2.00", "9.00 ×"])
        self.assertEqual(cells[-1], "1 of 2, failed: it fell / over")

    def test_what_was_not_measured_is_not_printed(self):
        lines = [*LINES, failed("tonic", 1), run("volo", 1, 5, server_cpu_us=None)]
        self.assertEqual(row(lines, "tonic")[1:9], ["–"] * 8)
        self.assertEqual(row(lines, "tonic")[9], "0 of 1, failed: it fell / over")
        self.assertEqual(row(lines, "volo")[7:9], ["1.25", "–"])
        self.assertEqual(row(lines, "volo")[2], "–")
        self.assertNotIn("W1", page(lines))

    def test_failed_calls_and_starved_callers_show(self):
        lines = [*LINES, run("tonic", 1, 9e9, errors=3, first_error="reset"), run("capnp", 1, 7, active_callers=100)]
        self.assertEqual(row(lines, "tonic")[1], "–")
        self.assertIn("3 calls failed: reset", row(lines, "tonic")[-1])
        self.assertEqual(row(lines, "capnp")[-1], "1; up to 28 callers without an answer")

    def test_the_page_says_where_and_how_it_was_measured_and_the_fastest_is_first(self):
        for fact in ("Z80", "2 cores", "Linux 1.0", "rustc 1.95.0", "| Commit | abc |", "tarpc 1.2.3, tonic 4.5.6",
                     "3 of 0.5 s for each", "| Pinned | no |", "| Load | 0.2 before the first run", "`bench/compare --rounds 3`", "128 callers"):
            self.assertIn(fact, page(LINES))
        places = [page(LINES).index(f"\n| {peer} |") for peer in ("limit", "**razor-rpc**", "tarpc")]
        self.assertEqual(places, sorted(places))

    def test_every_row_has_as_many_cells_as_its_head(self):
        section = page([*LINES, failed("tonic", 1)]).split("## W2")[1].strip().splitlines()[2:]
        self.assertEqual(len(section), 6)
        self.assertEqual({line.count("|") for line in section}, {11})


class Chart(unittest.TestCase):
    def draw(self, lines):
        return xml.fromstring(report.chart(*report.read(lines)))

    def bars(self, lines):
        return {e.get("class"): float(e.get("width")) for e in self.draw(lines).findall(".//{*}rect") if e.get("rx") == "2"}

    def test_bars_are_as_long_as_the_medians(self):
        bars = self.bars(LINES)
        self.assertAlmostEqual(bars["limit"] / bars["ours"], 2, places=2)
        self.assertAlmostEqual(bars["limit"] / bars["bar"], 8, delta=0.05)

    def test_a_failed_peer_has_a_word_and_no_bar(self):
        lines = [*LINES, failed("tonic", 1)]
        self.assertEqual(self.bars(lines), self.bars(LINES))
        self.assertIn("failed", [e.text for e in self.draw(lines).findall(".//{*}text")])

    def test_everything_is_inside_and_the_machine_is_named(self):
        lines = [*LINES, *(run(peer, 1, 5, tag=tag) for tag in ("W1", "W3", "W6") for peer in ("razor-rpc", "a" * 20))]
        picture = self.draw(lines)
        width, height = float(picture.get("width")), float(picture.get("height"))
        for e in [*picture.findall(".//{*}rect"), *picture.findall(".//{*}text")]:
            right = float(e.get("x")) + float(e.get("width", 0))
            bottom = float(e.get("y")) + float(e.get("height", 0))
            self.assertTrue(0 <= right <= width and 0 <= bottom <= height, e.attrib)
        words = " ".join(e.text for e in picture.findall(".//{*}text"))
        for fact in ("Z80 <fast>", "Linux 1.0", "rustc 1.95.0", "bench/compare --rounds 3", "1 caller, 1 connection"):
            self.assertIn(fact, words)


class Script(unittest.TestCase):
    PEER = """#!/usr/bin/env python3
import json, os, sys, time
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
if sys.argv[1] == "server":
    if options.get("--mood") == "lazy":
        sys.exit("no wish to serve")
    print("READY somewhere:1", flush=True)
    time.sleep(60)
assert options["--addr"] == "somewhere:1", options
os.kill(int(options["--server-pid"]), 0)
if options.get("--mood") == "broken":
    sys.exit("no wish to call")
number = lambda name: int(options[name])
print(json.dumps({"peer": options["--label"], "tag": options["--tag"], "callers": number("--callers"),
    "active_callers": number("--callers"), "rps": number("--conns") * 1000.0 + number("--payload"), "errors": 0}))
"""

    def compare(self, *options):
        with tempfile.TemporaryDirectory() as directory:
            place = pathlib.Path(directory)
            (place / "peer").write_text(self.PEER)
            (place / "peer").chmod(0o755)
            (place / "conf").write_text(f"""# a comment
fine one | {place}/peer | | --mood good | all |
special | {place}/peer | | | W5 W6 |
lazy | {place}/peer | --mood lazy | | all |
broken | {place}/peer | | --mood broken | all |
""")
            environment = {name: value for name, value in os.environ.items()
                           if name not in ("ROUNDS", "SECS", "WARM", "WORK", "PEERS")}
            done = subprocess.run(
                [HERE / "compare", "--no-build", "--conf", "conf", "--lines", "lines", "--out", "out", *options],
                cwd=place, env=environment | {"SECS": "0.1"}, capture_output=True, text=True, timeout=60)
            lines = (place / "lines").read_text() if (place / "lines").exists() else ""
            written = {file.name: file.read_text() for file in place.glob("out/*")}
            return done, [json.loads(line) for line in lines.splitlines()], written

    def test_peers_take_turns_and_failed_ones_are_written_down(self):
        done, lines, written = self.compare("--rounds", "2", "--work", "W4 W5")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            [(line["round"], line["tag"], line["peer"]) for line in lines[1:]],
            [(r, tag, peer) for r in (1, 2) for tag, peers in (("W4", ("fine one", "lazy", "broken")), (
                "W5", ("fine one", "special", "lazy", "broken"))) for peer in peers])
        why = {line["peer"]: line["failed"] for line in lines[1:] if "failed" in line}
        self.assertEqual(why, {"lazy": "the server did not start: no wish to serve",
                               "broken": "the client ended: no wish to call"})
        self.assertEqual([line["rps"] for line in lines if line.get("peer") == "fine one"], [8064, 17384] * 2)
        self.assertEqual(sorted(written), ["compare.md", "compare.svg"])
        self.assertIn("bench/compare --rounds 2 --secs 0.1", written["compare.md"])

    def test_peers_can_be_chosen(self):
        done, lines, _ = self.compare("--rounds", "1", "--work", "W6", "--peers", "special; fine one")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line["peer"] for line in lines[1:]], ["special", "fine one"])

    def test_what_makes_no_sense_is_refused_before_anything_runs(self):
        for options in (["--round", "1"], ["--rounds", "0"], ["--rounds"], ["--secs", "x"], ["--work", "W7"],
                        ["--peers", "nobody"]):
            done, lines, written = self.compare(*options)
            self.assertEqual((done.returncode, lines, written), (2, [], {}), options)
            self.assertIn("compare: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
