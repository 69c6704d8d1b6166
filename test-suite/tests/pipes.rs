//! The transport in memory, on every runtime.

#![forbid(unsafe_code)]

mod memory {
    test_suite::mount_memory!(memory:
        the_narrowest_pipe_carries_the_largest_frame,
        a_full_pipe_holds_its_writer,
        both_directions_are_full_at_once,
        after_a_half_close_the_other_direction_goes_on,
        an_end_that_goes_leaves_what_it_had_sent,
        an_end_that_goes_wakes_who_waits_for_it,
        a_close_wakes_its_own_reader_and_writer,
        dropped_reads_lose_nothing,
        names_are_taken_and_given_back,
        a_listener_that_does_not_accept_is_not_a_place_to_pile_up,
        a_client_on_another_runtime_is_served,
    );
}
