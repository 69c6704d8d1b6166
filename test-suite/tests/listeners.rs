//! A server and its listeners, on every runtime and kind of connection.

#![forbid(unsafe_code)]

mod listeners {
    test_suite::mount!(listeners:
        two_listeners_of_one_server_serve_what_each_was_given,
        listeners_that_are_put_together_serve_the_same,
        a_server_is_made_on_a_plain_thread_for_an_executor,
        outside_of_a_runtime_a_server_is_an_error,
        a_server_without_an_executor_adds_no_listener_outside_of_its_runtime,
        tasks_of_a_dispatcher_run_on_the_executor_of_their_connection,
    );
}

mod of_somebody_else {
    test_suite::mount_sockets!(listeners: a_listener_of_somebody_else_is_served);
}

mod ports {
    test_suite::mount_tcp!(listeners: the_address_of_a_server_has_the_real_port);
}
