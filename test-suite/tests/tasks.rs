//! Tasks of a user, and their blobs, on every runtime and kind of socket.

#![forbid(unsafe_code)]

mod tasks {
    test_suite::mount!(tasks:
        an_answer_completes_a_task_with_all_that_belongs_to_it,
        a_task_that_cannot_be_sent_ends_without_a_byte,
        a_task_ends_at_its_own_deadline_wherever_it_waits,
        a_sender_that_gives_up_completes_its_task,
        a_panic_of_a_tasks_own_types_ends_it_alone,
        a_task_that_is_sent_again_and_fails_has_no_answer,
        the_end_of_the_connection_ends_every_task_once,
        a_close_and_the_end_of_a_runtime_end_every_task_once,
        a_pool_sends_tasks,
        a_flush_waits_until_what_was_submitted_has_left,
    );
}

mod blobs {
    test_suite::mount!(blobs:
        a_blob_is_received_in_memory_of_its_task,
        a_blob_in_place_is_the_same_however_it_is_cut,
        a_blob_that_does_not_fit_ends_its_own_task,
        an_error_leaves_the_memory_alone,
        a_deadline_may_pass_while_the_blob_arrives,
        the_end_may_come_while_the_blob_arrives,
        a_blob_that_nobody_waits_for_is_skipped,
        a_task_that_does_not_keep_to_its_memory_ends_alone,
    );
}
