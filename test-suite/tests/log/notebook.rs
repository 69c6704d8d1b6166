//! The logger of this program: it keeps the lines of the library, and wakes tests that wait for more lines.
//!
//! Knows lines. Does not know what they are about.

use log::Level;
use parking_lot::{Condvar, Mutex, MutexGuard};
use razor_stream::clock;
use std::time::Duration;
use test_suite::SAFETY_NET;

/// A text that no line may contain.
pub(crate) const SECRET: &str = "hunter2";

/// The most tries; with the pauses between them they take a minute.
const TRIES: u64 = 3000;

/// A line that was written.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) target: String,
    pub(crate) text: String,
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());
static WRITTEN: Condvar = Condvar::new();

struct Notebook;

impl log::Log for Notebook {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("razor")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let (level, target) = (record.level(), record.target().to_owned());
            LINES.lock().push(Line { level, target, text: record.args().to_string() });
            WRITTEN.notify_all();
        }
    }

    fn flush(&self) {}
}

/// Installs the logger: from now on lines are kept.
pub(crate) fn open() {
    log::set_logger(&Notebook)
        .map_or_else(|_set_before| (), |()| log::set_max_level(log::LevelFilter::Trace));
}

/// The turn of a test that waits for lines of which only ten a second are written.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    open();
    TURN.lock()
}

/// The lines so far in which all of `parts` are.
pub(crate) fn lines(parts: &[&str]) -> Vec<Line> {
    let lines = LINES.lock();
    lines.iter().filter(|line| is_about(line, parts)).cloned().collect()
}

/// Waits until `count` lines have all of `parts` in them, and returns these lines.
pub(crate) fn wait_for(count: usize, parts: &[&str]) -> Vec<Line> {
    let until = clock::now() + SAFETY_NET;
    let mut lines = LINES.lock();
    loop {
        let found: Vec<_> = lines.iter().filter(|line| is_about(line, parts)).cloned().collect();
        if found.len() >= count {
            return found;
        }
        let over = WRITTEN.wait_until(&mut lines, until).timed_out();
        assert!(!over, "{} of {count} lines tell of {parts:?}: {found:#?}", found.len());
    }
}

fn is_about(line: &Line, parts: &[&str]) -> bool {
    parts.iter().all(|part| line.text.contains(part))
}

/// Calls `it` again and again, until a line contains all of `of`: if there are more than ten lines in a second, some
/// are left out.
pub(crate) fn tells(of: &[&str], it: impl FnMut()) {
    let _turn = turn();
    repeat_until_told(of, it);
}

/// Calls `it` again and again, until a line contains all of `of`, in a test that has its turn already.
pub(crate) fn repeat_until_told(of: &[&str], mut it: impl FnMut()) {
    let before = LINES.lock().len();
    let mut tries = 0_u64;
    loop {
        it();
        let lines = LINES.lock()[before..].to_vec();
        for Line { text, .. } in &lines {
            assert!(text.len() <= 1024, "{} bytes: {text:.200}", text.len());
            assert!(!text.contains(SECRET), "{text}");
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202E}'), "{text:?}");
        }
        if lines.iter().any(|line| is_about(line, of)) {
            return;
        }
        tries += 1;
        assert!(tries < TRIES, "no line tells of {of:?}: {lines:#?}");
        // Lines are left out until the second is over.
        std::thread::park_timeout(Duration::from_millis(tries.min(20)));
    }
}
