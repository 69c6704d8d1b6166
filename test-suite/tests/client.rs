//! A client and a server that works on bytes only, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod replies {
    test_suite::mount!(replies:
        replies_find_their_calls_in_any_order,
        a_broken_header_ends_the_connection,
        an_unknown_flag_ends_the_connection,
        a_reply_over_a_limit_fails_its_own_call,
        sixteen_replies_to_nothing_close_the_connection,
        seq_zero_is_ignored,
        an_error_number_is_delivered_as_it_is,
        the_code_decides_and_without_one_the_exact_string,
        replies_mean_the_same_however_they_are_cut,
    );
}

mod deadlines {
    test_suite::mount!(deadlines:
        a_call_that_is_not_answered_times_out_and_not_early,
        a_late_reply_is_skipped_and_counted,
        calls_behind_a_full_window_end_by_their_deadline,
        a_window_of_timed_out_calls_ends_the_connection,
        a_server_that_does_not_read_ends_the_connection,
    );
}

mod resting {
    test_suite::mount!(resting:
        one_that_is_not_polled_holds_up_nobody,
        one_that_is_not_polled_does_not_keep_a_closed_client,
        a_short_deadline_is_kept,
        a_short_deadline_is_kept_without_a_connection,
        a_short_deadline_is_kept_in_a_later_outage,
    );
}

mod given_up {
    test_suite::mount!(given_up:
        a_window_of_calls_that_were_given_up_is_replaced,
        calls_beside_those_that_were_given_up_go_on,
        half_of_the_window_may_be_given_up,
        connections_that_were_replaced_are_few,
        a_closed_pool_lets_calls_on_replaced_connections_finish,
        closing_does_not_wait_for_calls_that_were_given_up,
    );
}

mod cuts {
    test_suite::mount!(cuts:
        a_server_that_stops_sending_ends_what_it_has_not_answered,
        a_reset_at_each_byte_of_a_request_has_a_truthful_outcome,
        an_end_at_each_byte_of_a_reply_has_a_truthful_outcome,
        a_client_that_is_dropped_ends_its_calls_at_once,
        a_client_that_is_closed_finishes_its_calls,
        a_refused_connection_tells_where_and_why,
        many_callers_share_one_connection,
    );
}

mod queue {
    test_suite::mount!(queue:
        those_who_wait_for_room_are_served_in_order,
        one_that_gives_up_does_not_take_a_place_with_it,
        the_end_of_the_connection_ends_those_who_wait,
        one_that_is_too_large_for_now_waits,
    );
}

mod siege {
    test_suite::mount!(siege:
        requests_in_hand_are_bounded_in_bytes,
        deadlines_hold_while_the_server_floods,
        a_closed_client_ends_also_with_a_call_that_was_never_answered,
        a_pool_that_was_closed_and_dropped_leaves_no_connection,
        calls_of_a_pool_end_with_its_runtime,
        a_completion_may_use_its_connection_when_it_is_dropped,
    );
}

mod owners {
    test_suite::mount!(owners:
        a_blob_that_was_written_may_use_its_connection_when_it_is_dropped,
        a_blob_that_was_not_written_may_use_its_connection_when_it_is_dropped,
        a_blob_that_waits_for_a_connection_may_use_its_pool_when_it_is_dropped,
        a_waker_may_use_its_connection_when_it_is_dropped,
        a_completion_that_panics_when_it_is_asked_is_served_like_any_other,
    );
}

mod endless {
    test_suite::mount!(endless: an_endless_flood_stops_neither_deadlines_nor_the_end);
}
