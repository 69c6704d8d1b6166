//! Races of futures that connect, refuse or stay silent, as the test has set: which is tried when, which wins, which
//! are left.

use super::*;
use orb::prelude::AsyncExec;
use orb_tokio::TokioRT;
use razor_rpc_smol::SmolRT;
use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

/// How an address behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Connect,
    Refuse,
    Nothing,
}

use Does::{Connect, Nothing, Refuse};

/// The attempts that were started, and the number of those that have not been dropped.
#[derive(Default)]
struct Field {
    started: Mutex<Vec<SocketAddr>>,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
}

struct Alive(Arc<Field>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Field {
    /// The attempt at an address that behaves so; it yields the address.
    fn attempt(
        self: &Arc<Self>,
        addr: SocketAddr,
        does: Does,
    ) -> impl Future<Output = io::Result<SocketAddr>> + Send + use<> {
        self.started.lock().unwrap().push(addr);
        let alive = self.alive.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_alive.fetch_max(alive, Ordering::Relaxed);
        let alive = Alive(self.clone());
        async move {
            let _alive = alive;
            match does {
                Connect => Ok(addr),
                Refuse => Err(io::ErrorKind::ConnectionRefused.into()),
                Nothing => pending().await,
            }
        }
    }

    fn started(&self) -> Vec<SocketAddr> {
        self.started.lock().unwrap().clone()
    }
}

/// Addresses that are told apart by their number.
fn addr(number: u32) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(0x0a00_0000 + number), 80))
}

fn number(addr: SocketAddr) -> usize {
    let SocketAddr::V4(v4) = addr else { unreachable!("all are IPv4") };
    usize::try_from(v4.ip().to_bits() - 0x0a00_0000).unwrap()
}

fn addrs(of: &[Does]) -> Vec<SocketAddr> {
    (0..u32::try_from(of.len()).unwrap()).map(addr).collect()
}

const NEVER: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(1);

fn pace(stagger: Duration) -> Pace {
    Pace { stagger, ..PACE }
}

/// Runs a race of addresses that behave so, and fails if it does not end.
fn race<RT: AsyncRuntime>(
    exec: RT::Exec,
    does: &'static [Does],
    pace: Pace,
    time: Duration,
) -> (io::Result<SocketAddr>, Arc<Field>, Arc<Record>) {
    let (field, record) = (Arc::new(Field::default()), Arc::new(Record::default()));
    let (tell, told) = channel();
    let (racing, noted) = (field.clone(), record.clone());
    let runner = std::thread::spawn(move || {
        let won = exec.block_on(async move {
            let mut limit = Limit::after::<RT>(time);
            let connect = |addr| racing.attempt(addr, does[number(addr)]);
            first_of::<RT, _, _>(&addrs(does), pace, &noted, &mut limit, connect).await
        });
        let _unheard = tell.send(won);
    });
    let won = told.recv_timeout(Duration::from_secs(30)).expect("the race ends");
    runner.join().unwrap();
    (won, field, record)
}

/// Runs a race on both runtimes, and checks each result.
fn each(
    does: &'static [Does],
    pace: Pace,
    time: Duration,
    check: impl Fn(io::Result<SocketAddr>, &Field, &Record),
) {
    let (won, field, record) = race::<TokioRT>(TokioRT::current(), does, pace, time);
    check(won, &field, &record);
    let (won, field, record) = race::<SmolRT>(SmolRT::current(), does, pace, time);
    check(won, &field, &record);
}

#[test]
fn of_four_addresses_of_which_three_are_silent_the_one_that_lives_is_found() {
    each(&[Nothing, Nothing, Nothing, Connect], pace(SOON), NEVER, |won, field, _| {
        assert_eq!(won.unwrap(), addr(3));
        assert_eq!(field.alive.load(Ordering::Relaxed), 0, "the others are closed");
    });
}

#[test]
fn one_that_refuses_starts_the_next_at_once() {
    each(&[Refuse, Refuse, Refuse, Connect], pace(NEVER), NEVER, |won, field, _| {
        assert_eq!(won.unwrap(), addr(3));
        assert_eq!(field.started().len(), 4);
        assert_eq!(field.most_alive.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn one_that_connects_is_the_only_one_that_is_tried() {
    each(&[Connect, Connect], pace(NEVER), NEVER, |won, field, _| {
        assert_eq!(won.unwrap(), addr(0));
        assert_eq!(field.started(), [addr(0)]);
    });
}

#[test]
fn a_refusal_while_another_is_silent_goes_on_at_once() {
    const STAGGER: Duration = Duration::from_millis(20);
    each(&[Nothing, Refuse, Refuse, Connect], pace(STAGGER), NEVER, |won, field, record| {
        assert_eq!(won.unwrap(), addr(3));
        assert_eq!(field.most_alive.load(Ordering::Relaxed), 2);
        let mut next = addrs(&[Nothing; 4]);
        record.sort(&mut next, clock::now());
        assert_eq!(next, [addr(3), addr(1), addr(2), addr(0)], "the next attempt starts elsewhere");
    });
}

#[test]
fn when_all_refuse_the_error_tells_of_each_and_does_not_wait() {
    each(&[Refuse, Refuse, Refuse], pace(NEVER), NEVER, |won, _, _| {
        let error = won.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let text = "10.0.0.0:80: refused; 10.0.0.1:80: refused; 10.0.0.2:80: refused";
        assert_eq!(error.to_string(), text);
    });
}

#[test]
fn when_the_time_is_over_the_error_tells_of_each() {
    const TIME: Duration = Duration::from_millis(50);
    each(&[Refuse, Nothing, Connect], pace(NEVER), TIME, |won, field, record| {
        let error = won.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let text = error.to_string();
        assert!(text.starts_with("10.0.0.0:80: refused; 10.0.0.1:80: no answer in "), "{text}");
        assert!(text.ends_with("s; 1 not tried"), "{text}");
        assert_eq!(field.alive.load(Ordering::Relaxed), 0);
        let mut next = addrs(&[Nothing; 3]);
        record.sort(&mut next, clock::now());
        assert_eq!(next, [addr(2), addr(0), addr(1)]);
    });
}

#[test]
fn silent_addresses_without_end_are_tried_a_few_at_a_time_up_to_a_bound() {
    const PACE: Pace = Pace { stagger: SOON, at_once: 3, most: 50 };
    let (field, record) = (Arc::new(Field::default()), Record::default());
    let addrs: Vec<_> = (0..1000).map(addr).collect();
    let racing = field.clone();
    TokioRT::current().block_on(async move {
        let connect = |addr| racing.attempt(addr, Nothing);
        let mut limit = Limit::none();
        let mut race =
            Box::pin(first_of::<TokioRT, _, _>(&addrs, PACE, &record, &mut limit, connect));
        poll_fn(|cx| {
            assert!(race.as_mut().poll(cx).is_pending(), "nobody answers");
            if racing.started().len() < PACE.most { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        // The others have not been tried, so the next attempt starts with them.
        drop(race);
        let mut next = addrs.clone();
        record.sort(&mut next, clock::now());
        assert_eq!(next[0], addr(50));
    });
    assert_eq!(field.most_alive.load(Ordering::Relaxed), 3);
    assert_eq!(field.alive.load(Ordering::Relaxed), 0, "dropping the future closes all");
}

#[test]
fn a_thousand_that_refuse_are_tried_up_to_a_bound_and_the_rest_by_the_next_attempts() {
    let record = Record::default();
    TokioRT::current().block_on(async move {
        let found: Vec<_> = (0..1000).map(addr).collect();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (field, mut limit) = (Arc::new(Field::default()), Limit::none());
            let mut addrs = found.clone();
            record.sort(&mut addrs, clock::now());
            let does = |addr| if number(addr) == 777 { Connect } else { Refuse };
            let connect = |addr| field.attempt(addr, does(addr));
            let won = first_of::<TokioRT, _, _>(&addrs, PACE, &record, &mut limit, connect).await;
            assert!(field.started().len() <= PACE.most);
            match won {
                Ok(won) => break assert_eq!(won, addr(777)),
                Err(error) => assert!(error.to_string().len() < 1000, "{error}"),
            }
        }
        assert_eq!(attempts, 777 / PACE.most + 1);
    });
}

#[test]
fn where_all_are_silent_the_next_attempt_starts_with_another_one() {
    const TIME: Duration = Duration::from_millis(40);
    each(&[Nothing, Nothing], pace(SOON), TIME, |won, _, record| {
        assert!(won.is_err());
        let mut next = addrs(&[Nothing; 2]);
        record.sort(&mut next, clock::now());
        assert_eq!(next, [addr(1), addr(0)]);
    });
}

#[test]
fn no_address_at_all_is_an_error() {
    each(&[], PACE, NEVER, |won, _, _| {
        assert_eq!(won.unwrap_err().kind(), io::ErrorKind::NotFound);
    });
}
