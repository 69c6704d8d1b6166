//! A level that can be changed while the program runs, for programs without captains-log.
//!
//! It has the methods of captains-log's `LogFilter` that are used here. Knows no lines.

use log::Level;
use std::sync::atomic::{AtomicU8, Ordering};

/// The least severe level that is written. Relaxed, because no other memory depends on it.
pub(super) struct LogFilter {
    level: AtomicU8,
}

impl LogFilter {
    pub(super) const fn new() -> Self {
        Self { level: AtomicU8::new(Level::Trace as u8) }
    }

    pub(super) fn set_level(&self, level: Level) {
        self.level.store(level as u8, Ordering::Relaxed);
    }

    pub(super) fn get_level(&self) -> u8 {
        self.level.load(Ordering::Relaxed)
    }
}
