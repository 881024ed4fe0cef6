//! Attempts to get out of a wall, as root and as an ordinary user. Each is made without a wall too: those that succeed
//! there show that the attempt is a real one.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use yard::{User, Yard};

/// What succeeds for anyone without a wall, and does no harm there.
const REAL: [&str; 31] = [
    "type_into_the_terminal",
    "type_into_the_console",
    "read_a_secret",
    "read_it_through_the_own_root",
    "read_it_through_the_directory_of_a_thread",
    "read_it_with_dots",
    "read_it_through_a_link_in_the_project",
    "read_it_by_a_hard_link",
    "write_outside",
    "read_what_is_hidden",
    "read_what_is_hidden_by_a_hard_link",
    "read_what_is_hidden_after_moving_it",
    "list_a_hidden_directory",
    "read_in_a_hidden_directory",
    "write_what_is_protected",
    "move_the_parent_of_what_is_protected",
    "see_a_process_of_the_host",
    "read_the_variables_of_a_process",
    "enter_the_directory_of_a_process",
    "read_the_open_file_of_a_process",
    "signal_a_process",
    "find_a_message_queue_of_the_host",
    "reach_a_server_of_the_host",
    "reach_it_by_ipv6",
    "reach_it_by_udp",
    "reach_an_abstract_socket",
    "reach_a_socket_in_a_directory",
    "read_it_through_an_inherited_descriptor",
    "change_the_mode_of_a_directory_outside",
    "know_that_a_secret_is_there",
    "reach_a_socket_by_a_pair",
];

#[test]
fn no_attempt_succeeds() {
    for user in User::all() {
        let free = Yard::new(user).free(&REAL);
        let missing: Vec<&str> = REAL.into_iter().filter(|name| !free.lines().any(|line| line == *name)).collect();
        assert!(missing.is_empty(), "{user:?}, without a wall: {missing:?} failed");
        let walled = Yard::new(user).walled();
        assert_eq!(walled, "tried 65\n", "{user:?}, inside");
        let walled = Yard::new(user).without("mount_setattr").walled();
        assert_eq!(walled, "tried 65\n", "{user:?}, before Linux 5.12");
    }
}
