//! A server of razor-stream alone and its tasks, on every runtime and kind of socket.

#![forbid(unsafe_code)]

mod server_tasks {
    test_suite::mount!(server_tasks:
        a_task_is_answered_from_a_plain_thread,
        a_variant_is_asked_for_by_each_of_its_actions,
        a_request_that_is_no_task_is_answered_and_the_connection_kept,
        a_task_that_is_forgotten_is_an_internal_error,
        a_task_can_be_refused,
        a_result_is_set_in_one_stage_and_encoded_in_the_next,
        blobs_arrive_and_leave,
        a_result_over_the_limit_is_told,
        a_task_whose_connection_has_ended_knows_it,
    );
}

mod closures {
    test_suite::mount!(closures:
        a_closure_serves_every_connection,
        a_closure_for_each_connection_has_a_state_of_its_own,
        a_task_is_answered_by_the_codec_it_was_decoded_by,
    );
}

mod workers {
    test_suite::mount!(workers:
        coroutines_serve_one_after_the_other,
        threads_serve_one_after_the_other,
        a_panic_in_a_coroutine_costs_one_task,
        a_panic_in_a_thread_costs_one_task,
        with_a_full_queue_connections_take_turns,
        after_a_while_without_a_place_tasks_are_refused,
        a_task_that_gives_up_its_wait_is_refused,
        workers_that_are_closed_serve_what_is_queued_and_end,
        a_server_that_closes_lets_queued_tasks_finish,
        a_server_that_closes_lets_queued_tasks_of_threads_finish,
        workers_without_a_task_end,
        workers_that_die_with_their_runtime_leave_nothing_unanswered,
    );
}

mod server_limit {
    test_suite::mount!(server_limit:
        requests_of_all_connections_together_are_bounded,
        connections_take_turns,
        after_a_while_without_a_slot_requests_are_refused,
        a_slot_outlives_its_connection_and_not_its_handler,
        who_stands_in_line_is_refused_when_the_server_closes,
    );
}
