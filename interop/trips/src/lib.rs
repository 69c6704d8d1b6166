//! The trips themselves are in `tests`: each peer calls the other one, on both runtimes.

#![forbid(unsafe_code)]
