//! What the log tells, of which target and at which level.
//!
//! A program of its own, since the logger is one for the whole program.

#![forbid(unsafe_code)]

mod faults;
mod life;
mod notebook;
mod outages;
