//! Calls that block plain threads, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod blocking {
    test_suite::mount!(blocking:
        many_threads_share_one_connection,
        a_call_that_is_not_answered_ends_by_its_deadline,
        a_lost_connection_ends_threads_that_wait,
        threads_wait_for_room_in_their_order,
        a_thread_that_waits_for_room_ends_by_its_deadline,
        a_closed_pool_finishes_what_threads_wait_for,
        a_pool_without_a_server_ends_calls,
        a_thread_of_the_runtime_for_blocking_work_may_call,
        threads_are_told_of_the_end_of_the_runtime,
        a_completion_is_told_also_by_a_thread,
    );
}

/// Each test waits as long as a thread waits when no coroutine runs, so one kind of connection is enough.
mod without_a_runtime {
    test_suite::mount_memory!(blocking:
        a_call_that_blocks_its_own_runtime_ends,
        a_completion_without_room_is_told_although_nothing_runs,
        an_executor_that_is_not_driven_is_an_error,
    );
}
