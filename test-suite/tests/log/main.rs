//! The lines of the log, with their targets and levels.
//!
//! It is a program of its own, because a program has one logger.

#![forbid(unsafe_code)]

mod faults;
mod life;
mod notebook;
mod outages;
