//! A pool while its server is away, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod pool {
    test_suite::mount!(pool:
        a_refused_connection_fails_calls_and_tells_why,
        calls_wait_for_a_server_until_their_deadline,
        what_waits_for_a_connection_is_bounded,
        a_pool_that_ends_ends_what_waits_for_a_connection,
        a_pool_outside_of_a_runtime_is_an_error,
    );
}

mod pool_of_sockets {
    test_suite::mount_sockets!(pool:
        a_name_that_does_not_resolve_says_so,
        a_connection_that_is_not_made_in_time_is_given_up,
    );
}

mod unsent {
    test_suite::mount!(unsent:
        what_was_never_sent_goes_on_to_the_next_connection,
        a_connection_that_ends_at_once_costs_no_call_that_it_did_not_send,
        what_had_not_left_whole_is_sent_again,
        what_comes_back_finds_room,
        a_pool_that_a_panic_ended_says_so,
    );
}

mod addresses {
    test_suite::mount_tcp!(addresses:
        what_is_no_address_is_refused_at_once_and_never_dialled,
        what_is_no_address_is_refused_without_a_runtime,
        what_turns_out_to_be_no_address_is_dialled_once,
        a_server_refuses_what_is_no_address,
    );
}

mod names {
    test_suite::mount_tcp!(names:
        of_four_addresses_of_which_three_are_dead_the_one_that_lives_is_found,
        the_next_attempt_of_a_pool_starts_elsewhere,
        the_error_of_a_call_tells_of_each_address,
        a_look_up_that_does_not_end_ends_calls_in_time,
    );
}

mod stuck {
    test_suite::mount_memory!(stuck:
        a_transport_without_a_time_of_its_own_is_given_up_in_time,
        a_transport_that_forgets_the_time_is_given_up,
    );
}

mod reached {
    test_suite::mount!(reached:
        being_ready_is_waited_for_through_attempts_that_fail,
        waiting_to_be_ready_ends_in_time_and_tells_why,
        a_client_that_is_closed_is_never_ready,
        calls_end_a_pause_and_a_flood_of_them_is_no_flood_of_attempts,
    );
}

mod outage {
    test_suite::mount!(outage:
        a_pool_survives_its_server,
        calls_of_an_outage_succeed_afterwards,
        a_pool_may_be_made_before_its_server,
        a_pool_that_is_closed_finishes_and_one_that_is_dropped_ends,
        a_server_that_hangs_up_is_not_dialled_in_a_busy_loop,
        a_connection_that_ends_is_replaced,
    );
}
