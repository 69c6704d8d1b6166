//! Look-ups that block until the test lets them go on: which callers share one, how many run, and what happens to the
//! others.

use super::*;
use razor_stream::client::wait_blocking;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

const SAFETY_NET: Duration = Duration::from_secs(30);

/// Look-ups that wait for the test, on few threads.
struct Held {
    names: Names,
    /// Receives the name of each look-up that begins.
    began: Receiver<String>,
    /// Lets one of the waiting look-ups go on.
    go: Sender<()>,
}

fn held(threads: usize, queue: usize) -> Held {
    let (begins, began) = channel();
    let (go, gone) = channel();
    let (begins, gone) = (Mutex::new(begins), Mutex::new(gone));
    let by = move |host: &str, port| {
        let _unheard = lock(&begins).send(host.to_owned());
        let told = lock(&gone).recv_timeout(SAFETY_NET);
        told.map_err(io::Error::other)?;
        answer_of(host, port)
    };
    let names = Names::new(Arc::new(by), Arc::new(Threads::new(threads, queue)));
    Held { names, began, go }
}

fn answer_of(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match host {
        "none" => Ok(Vec::new()),
        "panics" => panic!("as it should"),
        "invalid" => Err(io::Error::new(io::ErrorKind::InvalidInput, "an odd resolver")),
        _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
    }
}

fn at_once(threads: usize) -> Names {
    Names::new(Arc::new(answer_of), Arc::new(Threads::new(threads, 8)))
}

fn wait(answer: Answer) -> io::Result<Arc<[SocketAddr]>> {
    wait_blocking(answer, SAFETY_NET).expect("an answer")
}

impl Held {
    fn began(&self) -> String {
        self.began.recv_timeout(SAFETY_NET).expect("a look-up begins")
    }
}

#[test]
fn those_who_ask_for_the_same_name_share_one_look_up() {
    let held = held(8, 8);
    let answers: Vec<_> = (0..100).map(|_| held.names.look_up("a", 1)).collect();
    assert_eq!(held.began(), "a");
    let late = held.names.look_up("a", 1);
    held.go.send(()).unwrap();
    for answer in answers.into_iter().chain([late]) {
        assert_eq!(wait(answer).unwrap()[..], [SocketAddr::from(([127, 0, 0, 1], 1))]);
    }
    assert!(held.began.try_recv().is_err(), "there was one");
    // A look-up that has ended is not shared: the name may have another address by now.
    let anew = held.names.look_up("a", 1);
    assert_eq!(held.began(), "a");
    held.go.send(()).unwrap();
    wait(anew).unwrap();
}

#[test]
fn other_names_other_ports_and_old_look_ups_are_not_shared() {
    let held = held(8, 8);
    let now = clock::now();
    let answers = [
        held.names.look_up_at("a", 1, now),
        held.names.look_up_at("b", 1, now),
        held.names.look_up_at("a", 2, now),
        held.names.look_up_at("a", 1, now + SHARED_FOR),
    ];
    let mut began: Vec<_> = answers.iter().map(|_| held.began()).collect();
    began.sort();
    assert_eq!(began, ["a", "a", "a", "b"]);
    answers.iter().for_each(|_| held.go.send(()).unwrap());
    for answer in answers {
        wait(answer).unwrap();
    }
}

#[test]
fn look_ups_at_once_and_those_that_wait_are_bounded() {
    let held = held(2, 3);
    let running = [held.names.look_up("1", 1), held.names.look_up("2", 1)];
    running.iter().for_each(|_| drop(held.began()));
    let waiting = ["3", "4", "5"].map(|name| held.names.look_up(name, 1));
    assert!(running.iter().all(Answer::has_begun));
    assert!(!waiting.iter().any(Answer::has_begun), "there is no thread for them");
    assert!(held.began.try_recv().is_err());

    let refused = wait(held.names.look_up("6", 1)).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::QuotaExceeded, "{refused}");

    // A look-up that nobody waits for makes room, and does not begin.
    let [third, fourth, fifth] = waiting;
    drop(fourth);
    let sixth = held.names.look_up("6", 1);
    (0..5).for_each(|_| held.go.send(()).unwrap());
    for answer in running.into_iter().chain([third, fifth, sixth]) {
        wait(answer).unwrap();
    }
    let mut began: Vec<_> = held.began.try_iter().collect();
    began.sort();
    assert_eq!(began, ["3", "5", "6"]);
}

#[test]
fn a_look_up_that_was_given_up_in_the_queue_is_not_joined() {
    let held = held(1, 8);
    let running = held.names.look_up("runs", 1);
    held.began();
    drop(held.names.look_up("a", 1));
    let wanted = held.names.look_up("a", 1);
    (0..2).for_each(|_| held.go.send(()).unwrap());
    wait(running).unwrap();
    wait(wanted).unwrap();
    assert_eq!(held.began(), "a");
}

#[test]
fn a_panic_is_an_error_and_costs_no_thread() {
    let names = at_once(1);
    for _ in 0..20 {
        assert!(wait(names.look_up("panics", 1)).unwrap_err().to_string().contains("panicked"));
        wait(names.look_up("a", 1)).unwrap();
    }
}

#[test]
fn a_name_without_an_address_is_not_found_and_no_error_says_that_it_is_malformed() {
    let names = at_once(1);
    assert_eq!(wait(names.look_up("none", 1)).unwrap_err().kind(), io::ErrorKind::NotFound);
    let odd = wait(names.look_up("invalid", 1)).unwrap_err();
    assert_eq!(odd.kind(), io::ErrorKind::Other, "a malformed address is never dialled again");
    assert_eq!(odd.to_string(), "an odd resolver");
}

#[test]
fn nothing_is_kept_of_look_ups_that_have_ended() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let by = move |host: &str, port| {
        counted.fetch_add(1, Ordering::Relaxed);
        answer_of(host, port)
    };
    let names = Names::new(Arc::new(by), Arc::new(Threads::new(2, 8)));
    for number in 0..1000 {
        wait(names.look_up(&number.to_string(), 1)).unwrap();
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1000);
    // A thread may still hold the last look-up.
    assert!(lock(&names.0.under_way).len() <= 3);
}

#[test]
fn a_thousand_askers_on_eight_threads_each_get_their_answer() {
    let names = at_once(8);
    let names = Names::new(names.0.by.clone(), Arc::new(Threads::new(8, 1024)));
    std::thread::scope(|scope| {
        for asker in 0..8_u16 {
            let names = &names;
            scope.spawn(move || {
                for port in 1..=200 {
                    let found = wait(names.look_up(&format!("{}", port % 7), port)).unwrap();
                    assert_eq!(found[0].port(), port, "asker {asker}");
                }
            });
        }
    });
}
