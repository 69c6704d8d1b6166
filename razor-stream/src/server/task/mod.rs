//! The answer to a request.
//!
//! | file | holds |
//! |---|---|
//! | `answer` | [`Reply`] and [`RespNoti`], by which a request is answered |

mod answer;

pub use answer::{Reply, RespNoti, Respond};
