//! The end of a runtime while code of the library blocks, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod ends {
    test_suite::mount!(ends:
        a_runtime_ends_while_a_thread_of_workers_serves,
        a_runtime_ends_while_one_of_its_threads_waits_for_a_call,
    );
}

/// In memory no address is dialled.
mod ends_of_sockets {
    test_suite::mount_sockets!(ends: a_runtime_ends_while_a_pool_dials);
}
