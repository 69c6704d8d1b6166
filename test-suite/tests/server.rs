//! A server and a peer that works on bytes only, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod framing {
    test_suite::mount!(framing:
        wrong_magic_closes_at_once_without_an_answer,
        an_unknown_version_is_answered_and_then_the_connection_ends,
        a_seq_that_does_not_rise_closes_and_gaps_do_not,
        another_format_is_refused_and_the_connection_kept,
        an_action_that_is_none_is_refused_and_the_connection_kept,
        a_request_cut_at_each_byte_is_never_dispatched,
        requests_mean_the_same_however_they_are_cut,
        garbage_ends_its_own_connection_alone,
    );
}

mod limits {
    test_suite::mount!(limits:
        a_frame_of_exactly_the_limits_is_taken,
        a_frame_over_a_limit_is_refused_and_the_connection_kept,
        a_frame_far_over_a_limit_is_answered_and_then_the_connection_ends,
        an_empty_request_is_valid,
    );
}

mod slow {
    test_suite::mount!(slow:
        a_request_that_is_begun_and_never_finished_ends_its_connection,
        a_header_that_comes_byte_by_byte_ends_its_connection,
        a_body_that_comes_byte_by_byte_ends_its_connection,
        a_connection_that_rests_between_requests_lives,
        requests_that_come_in_pieces_are_answered,
    );
}

mod pings {
    test_suite::mount!(pings:
        a_ping_is_answered_by_an_empty_success,
        a_bare_ping_waits_for_earlier_calls_and_one_with_a_blob_does_not,
        a_flood_of_pings_is_answered,
        bare_pings_that_wait_are_bounded,
    );
}

mod handlers {
    test_suite::mount!(handlers:
        a_dispatcher_that_panics_costs_one_call,
        an_answer_that_is_dropped_is_an_internal_error,
        no_handler_forges_an_error_of_the_framework,
        a_client_that_stops_sending_gets_all_answers_and_then_the_end,
        a_client_that_is_gone_abandons_its_handlers,
        a_blob_that_panics_when_it_is_dropped_unsent_costs_nobody_else_anything,
    );
}

mod lent {
    test_suite::mount!(lent:
        the_blob_of_an_answer_may_use_its_connection_when_it_is_dropped,
        the_blob_of_an_answer_that_nobody_reads_is_dropped_outside_of_locks,
        a_blob_that_panics_when_it_is_dropped_costs_no_second_answer,
    );
}

mod load {
    test_suite::mount!(load:
        without_a_free_slot_nothing_is_dispatched,
        after_a_while_without_a_slot_requests_are_refused,
        a_peer_that_does_not_read_is_not_read,
        a_write_without_progress_ends_the_connection,
    );
}

mod crowd {
    test_suite::mount!(crowd:
        a_connection_over_the_limit_is_refused_and_nothing_of_it_is_dispatched,
        a_client_over_the_limit_learns_that_it_was_refused,
        a_server_ends_while_it_refuses,
        requests_for_which_no_dispatcher_could_be_made_are_refused,
    );

    mod busy {
        use test_suite::mount_on;
        mount_on!(tokio_tcp, tokio_current, Tcp, crowd:
            who_waits_to_be_accepted_is_refused_when_the_server_closes);
        mount_on!(tokio_unix, tokio_current, Unix, crowd:
            who_waits_to_be_accepted_is_refused_when_the_server_closes);
        mount_on!(tokio_memory, tokio_current, Memory, crowd:
            who_waits_to_be_accepted_is_refused_when_the_server_closes);
        mount_on!(smol_tcp, smol_current, Tcp, crowd:
            who_waits_to_be_accepted_is_refused_when_the_server_closes);
        mount_on!(smol_unix, smol_current, Unix, crowd:
            who_waits_to_be_accepted_is_refused_when_the_server_closes);
    }
}

mod opening {
    test_suite::mount!(opening:
        a_connection_that_does_not_open_costs_nobody_else_anything,
        a_handshake_that_stalls_ends_after_its_time,
        a_handshake_that_stalls_does_not_keep_a_server_from_closing,
        a_flood_of_connections_leaves_the_others_their_turn,
    );
}

mod executors {
    test_suite::mount!(executors:
        connections_are_spread_over_the_executors,
        a_connection_that_no_executor_starts_ends_with_the_server,
    );
}

mod shutdown {
    test_suite::mount!(shutdown:
        requests_in_hand_finish_and_later_ones_are_refused,
        a_bare_ping_waits_also_while_the_server_closes,
        a_client_that_stops_sending_during_the_close_gets_its_answer,
        idle_connections_end_and_nobody_listens_any_more,
        a_server_without_connections_closes_and_frees_its_address,
        a_close_does_not_wait_for_ever,
        a_server_that_is_dropped_ends_its_connections,
        a_server_that_is_dropped_frees_its_address,
    );
}
