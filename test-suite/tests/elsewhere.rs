//! The library outside of its runtime, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod elsewhere {
    test_suite::mount!(elsewhere:
        a_pool_with_an_executor_works_on_a_plain_thread,
        a_pool_with_an_executor_works_under_another_one,
        calls_end_with_an_executor_that_never_ran,
        a_deadline_holds_under_another_executor,
        a_connection_on_an_executor_works_under_another_one,
        a_connection_outside_of_a_runtime_is_an_error,
        a_server_with_an_executor_works_under_another_one,
        inside_of_the_runtime_nothing_has_to_be_passed,
    );
}
