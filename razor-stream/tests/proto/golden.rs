//! Frames captured from the published 0.9 crates: ours are read and written the same, byte for byte.
//!
//! Knows the file of captured frames. Does not know how a frame is cut on its way.

use crate::decoding::{Action, Asked, Event, replies, requests};
use crate::frames::RawReply;
use crate::session::{Task, at, bytes_of, roomy, submission};
use razor_stream::bytes::Bytes;
use razor_stream::error::{EncodedErr, Outcome};
use razor_stream::proto::machines::{
    Deadline, ErrorReply, Outbox, Output, RequestFrame, Session, Submitted,
};
use razor_stream::proto::{FrameTooLarge, FrameworkCode, Limits, RpcAction};
use serde_json::Value;
use std::collections::BTreeMap;

fn captured(list: &str) -> Vec<Value> {
    let text = include_str!("../data/v1-vectors.json");
    let file: Value = serde_json::from_str(text).expect("the file is JSON");
    let list = file[list].as_array().expect("the file has this list").clone();
    assert!(!list.is_empty(), "there is something to compare with");
    list
}

pub(crate) fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("bytes are written as text");
    let digit = |at: usize| text.get(at..at + 2).expect("two digits make a byte");
    let byte = |at| u8::from_str_radix(digit(at), 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn action(request: &Value) -> Action {
    let named = |name: &Value| name.as_str().expect("a name or a number").to_string();
    request["action"].as_u64().map_or_else(
        || Action::Str(named(&request["action"])),
        |number| Action::Num(u32::try_from(number).expect("31 bits")),
    )
}

/// The captured exchanges of each connection, in their order.
pub(crate) fn connections() -> Vec<Vec<Value>> {
    let mut connections = BTreeMap::<String, Vec<Value>>::new();
    for exchange in captured("exchanges") {
        connections.entry(exchange["connection"].to_string()).or_default().push(exchange);
    }
    connections.into_values().collect()
}

/// The captured bytes of one direction of a connection, `request` or `response`.
pub(crate) fn stream(connection: &[Value], direction: &str) -> Vec<u8> {
    connection.iter().flat_map(|exchange| hex(&exchange[direction]["hex"])).collect()
}

fn expected_request(request: &Value) -> Asked {
    let action = action(request);
    let ping = action == Action::Num(0);
    Asked {
        seq: number(&request["seq"]),
        client_id: number(&request["client_id"]),
        ping,
        // `is_ping` recognises a ping; its number is reserved as an action.
        action: if ping { Err(FrameworkCode::NoMethod) } else { Ok(action) },
        msg: hex(&request["msg"]),
        blob: hex(&request["blob"]),
    }
}

fn expected_reply(reply: &Value) -> Event {
    let seq = number(&reply["seq"]);
    match number(&reply["flag"]) {
        0 => Event::Success { seq, msg: hex(&reply["msg"]), blob: hex(&reply["blob"]) },
        1 => {
            let number = u32::try_from(number(&reply["errno"])).expect("32 bits");
            Event::Number { seq, number }
        }
        flag => {
            assert_eq!(flag, 2, "there are three flags");
            let text = reply["error"].as_str().expect("an error has a text").as_bytes().to_vec();
            Event::Text { seq, code: 0, text }
        }
    }
}

/// Promise 14: what razor-rpc 0.9 sends is understood.
#[test]
fn captured_requests_are_read_as_what_they_are() {
    for connection in connections() {
        let expected: Vec<_> = connection
            .iter()
            .map(|exchange| Event::Request(expected_request(&exchange["request"])))
            .collect();
        let seen = requests(Limits::default(), &stream(&connection, "request"));
        assert_eq!(seen, expected);
    }
}

/// Rule R3: numbers and strings of the methods, one of them empty.
#[test]
fn captured_responses_are_read_as_what_they_are() {
    let mut kinds = [0; 3];
    for connection in connections() {
        let expected: Vec<_> =
            connection.iter().map(|exchange| expected_reply(&exchange["response"])).collect();
        for event in &expected {
            kinds[match event {
                Event::Success { .. } => 0,
                Event::Number { .. } => 1,
                _ => 2,
            }] += 1;
        }
        assert_eq!(replies(Limits::default(), &stream(&connection, "response")), expected);
    }
    assert!(kinds.iter().all(|count| *count > 1), "each flag was captured: {kinds:?}");
}

/// The frame of a captured request, before it has its `seq`.
fn render(asked: &Asked) -> RequestFrame {
    let action = match asked.action.as_ref().expect("not a ping") {
        Action::Num(number) => RpcAction::Num(*number),
        Action::Str(name) => RpcAction::Str(name),
    };
    let mut frame = RequestFrame::begin(b"used before".to_vec(), action, asked.client_id)
        .expect("the action was sent once");
    frame.extend_from_slice(&asked.msg);
    let blob = Some(Bytes::from(asked.blob.clone())).filter(|blob| !blob.is_empty());
    RequestFrame::finish(frame, blob, &Limits::default()).expect("it was sent once")
}

/// Rule Q1: the first `seq` is 1, and each packet has the next, also a ping.
///
/// Rule Q3: a service call uses the string action `Service.method`.
///
/// Promise 14: what is sent is what razor-rpc 0.9 sends.
#[test]
fn submitted_requests_are_written_as_captured() {
    for connection in connections() {
        let (mut session, mut outbox) = (Session::new(roomy()), Outbox::default());
        for exchange in &connection {
            let asked = expected_request(&exchange["request"]);
            let captured = hex(&exchange["request"]["hex"]);
            if asked.ping {
                assert!(session.ping(asked.client_id, &mut outbox));
                // Rule Q2: ours carries a blob of one byte.
                let mut ours = captured;
                ours[28] = 1;
                ours.push(b'p');
                assert_eq!(bytes_of(&mut outbox), ours, "{}", exchange["what"]);
                continue;
            }
            let task = Task::new(asked.seq);
            let submission = submission(render(&asked), task, Deadline::at(at(1000)));
            let submitted = session.submit(submission, &mut outbox);
            assert!(matches!(submitted, Ok(Submitted::Appended { .. })), "{submitted:?}");
            assert_eq!(bytes_of(&mut outbox), captured, "{}", exchange["what"]);
        }
        assert_eq!(session.in_flight(), connection.len());
    }
}

fn append(output: &mut Output, reply: &Event) {
    match reply {
        Event::Success { seq, msg, blob } => {
            let blob = Some(Bytes::from(blob.clone()));
            output
                .push_success::<FrameTooLarge>(*seq, &Limits::default(), blob, |bytes| {
                    bytes.extend_from_slice(msg);
                    Ok(())
                })
                .expect("it was sent once");
        }
        Event::Number { seq, number } => {
            let number = ErrorReply::User(EncodedErr::Num(*number));
            assert_eq!(output.push_error(*seq, &number), None);
        }
        Event::Text { seq, text, .. } => {
            let text = String::from_utf8(text.clone()).expect("captured from a String");
            let text = ErrorReply::User(EncodedErr::Text(text.into()));
            assert_eq!(output.push_error(*seq, &text), None);
        }
        other => panic!("no reply: {other:?}"),
    }
}

#[test]
fn answers_are_written_as_captured() {
    for connection in connections() {
        let mut outbox = Outbox::default();
        for exchange in &connection {
            append(outbox.front(), &expected_reply(&exchange["response"]));
            assert_eq!(bytes_of(&mut outbox), hex(&exchange["response"]["hex"]));
        }
    }
}

/// The code with which our server answers in the captured cases.
fn our_code(text: &str, what: &str) -> FrameworkCode {
    match text {
        "rpc_method_notfound" => FrameworkCode::NoMethod,
        "rpc_decode" => FrameworkCode::Undecodable,
        other => panic!("{what}: {other}"),
    }
}

/// Rule R4: to the string of a 0.9 server ours adds a code in `msg_len`, and nothing else.
///
/// Rule R5: without a code the string is the framework's, and the outcome is unknown.
#[test]
fn framework_errors_differ_from_the_captured_ones_in_their_code_alone() {
    let mut compared = 0;
    for answer in captured("server_answers") {
        let (what, reply) = (answer["what"].to_string(), &answer["response"]);
        let Some(text) = reply["error"].as_str() else { continue };
        let theirs = RawReply::text(number(&reply["seq"]), 0, text.as_bytes()).bytes();
        let code = our_code(text, &what);
        let mut outbox = Outbox::default();
        assert_eq!(
            outbox.front().push_error(number(&reply["seq"]), &ErrorReply::Framework(code)),
            None
        );
        let mut ours = bytes_of(&mut outbox);
        assert_eq!(ours[4..8], code.number().to_le_bytes(), "{what}");
        ours[4..8].fill(0);
        assert_eq!(ours, theirs, "{what}");

        let Event::Text { code, text, .. } = &replies(Limits::default(), &theirs)[0] else {
            panic!("{what}: not an error string");
        };
        let error = FrameworkCode::error_from_wire(*code, text).expect("the framework's");
        assert_eq!(error.outcome(), Outcome::Unknown, "{what}");
        assert!(!error.permanent(), "{what}");
        compared += 1;
    }
    assert_eq!(compared, 4, "the odd frames that a 0.9 server refused");
}

/// Rule Q2: a ping is recognised whatever its blob is, and `format` is distinguished from the other fields.
#[test]
fn odd_requests_that_were_captured_are_read_as_what_they_are() {
    for answer in captured("server_answers") {
        let (what, request) = (answer["what"].to_string(), &answer["request"]);
        let seen = requests(Limits::default(), &hex(&request["hex"]));
        let [Event::Request(asked)] = &seen[..] else { panic!("{what}: {seen:?}") };
        assert_eq!((asked.seq, &asked.msg), (number(&request["seq"]), &hex(&request["msg"])));
        let expected = match what.as_str() {
            "\"client_id and format set\"" => Err(FrameworkCode::Undecodable),
            "\"ping that carries a blob of one byte\"" => Err(FrameworkCode::NoMethod),
            _ => Ok(action(request)),
        };
        assert_eq!(asked.action, expected, "{what}");
        assert_eq!(asked.ping, what.contains("ping"), "{what}");
    }
}
