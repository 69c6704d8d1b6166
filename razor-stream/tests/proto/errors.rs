//! Errors on the wire: numbers, strings, codes, and what each means to the caller.
//!
//! Knows the tables of the protocol page. Does not know connections.

use crate::decoding::{Event, replies};
use crate::frames::RawReply;
use crate::session::bytes_of;
use proptest::prelude::*;
use razor_rpc_codec::MsgpCodec;
use razor_stream::error::{EncodedErr, Outcome, RpcErrCodec, RpcErrKind, Stage};
use razor_stream::proto::machines::{ErrorReply, Outbox};
use razor_stream::proto::{FrameworkCode, Limits};

/// Every code: its number, its string, and what it means to the caller.
const CODES: [(FrameworkCode, u32, &str, RpcErrKind, Outcome, bool); 10] = {
    use FrameworkCode as C;
    use Outcome::{Executed, Refused};
    use RpcErrKind as K;
    [
        (C::NoService, 1, "rpc_service_notfound", K::Service, Refused, true),
        (C::NoMethod, 2, "rpc_method_notfound", K::Method, Refused, true),
        (C::Undecodable, 3, "rpc_decode", K::Decode, Refused, true),
        (C::TooLarge, 4, "rpc_decode", K::TooLarge, Refused, true),
        (C::Version, 5, "rpc_invalid_ver", K::Version, Refused, true),
        (C::Overloaded, 6, "rpc_unreachable", K::Overloaded, Refused, false),
        (C::Closing, 7, "rpc_unreachable", K::Closing, Refused, false),
        (C::Internal, 8, "rpc_internal_err", K::Internal, Executed, false),
        (C::Unencodable, 9, "rpc_encode", K::Encode, Executed, false),
        (C::Timeout, 10, "rpc_timeout", K::Timeout, Executed, false),
    ]
};

/// The reserved strings, and the kind that each has when a 0.9 server sends it.
const RESERVED: [(&str, RpcErrKind); 9] = [
    ("rpc_service_notfound", RpcErrKind::Service),
    ("rpc_method_notfound", RpcErrKind::Method),
    ("rpc_decode", RpcErrKind::Decode),
    ("rpc_invalid_ver", RpcErrKind::Version),
    ("rpc_unreachable", RpcErrKind::Unreachable),
    ("rpc_internal_err", RpcErrKind::Internal),
    ("rpc_encode", RpcErrKind::Encode),
    ("rpc_timeout", RpcErrKind::Timeout),
    ("rpc_io_err", RpcErrKind::IO),
];

/// What a client reads of an answer, and the code that went out instead of what was to be sent.
fn over_the_wire(error: EncodedErr) -> (Event, Option<FrameworkCode>) {
    let mut outbox = Outbox::default();
    let instead = outbox.front().push_error(7, &ErrorReply::User(error));
    let mut seen = replies(Limits::default(), &bytes_of(&mut outbox));
    assert_eq!(seen.len(), 1, "one answer");
    (seen.remove(0), instead)
}

fn text(code: u32, text: &[u8]) -> Event {
    Event::Text { seq: 7, code, text: text.to_vec() }
}

/// Rule R4: each code goes out with its string, and comes back as what the table says.
#[test]
fn every_framework_error_means_to_the_caller_what_the_table_says() {
    for (code, number, string, kind, outcome, permanent) in CODES {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.front().push_error(7, &ErrorReply::Framework(code)), None);
        let bytes = bytes_of(&mut outbox);
        assert_eq!(bytes, RawReply::text(7, number, string.as_bytes()).bytes());
        assert_eq!(replies(Limits::default(), &bytes), [text(number, string.as_bytes())]);

        let error = FrameworkCode::error_from_wire(number, string.as_bytes()).unwrap();
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{code:?}");
        assert_eq!((error.permanent(), error.stage()), (permanent, Stage::Server), "{code:?}");
        assert_eq!((code.number(), code.text()), (number, string));
        assert_eq!(error.outcome().is_safe_to_repeat(), outcome == Outcome::Refused);
    }
}

/// Rule R4: a 0.9 server sends the string alone; nothing can be said of the outcome then.
#[test]
fn a_reserved_string_without_a_code_has_an_unknown_outcome() {
    for (string, kind) in RESERVED {
        let error = FrameworkCode::error_from_wire(0, string.as_bytes()).unwrap();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{string}");
        assert!(!error.permanent(), "{string}");
    }
}

/// Rule R5: the code decides, whatever the string says.
#[test]
fn with_a_code_the_string_is_not_looked_at() {
    for (_, number, _, kind, outcome, _) in CODES {
        for string in ["", "rpc_timeout", "an error of a user", "rpc_decode"] {
            let error = FrameworkCode::error_from_wire(number, string.as_bytes()).unwrap();
            assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{number}, {string}");
        }
    }
}

/// Rule R5: unknown codes are `Unknown`.
#[test]
fn an_unknown_code_is_the_frameworks_and_its_outcome_is_unknown() {
    for number in [11, 12, 255, 4096, 0x7FFF_FFFF, 0x8000_0000, u32::MAX] {
        for string in ["", "rpc_decode", "an error of a user"] {
            let error = FrameworkCode::error_from_wire(number, string.as_bytes()).unwrap();
            assert_eq!(error.outcome(), Outcome::Unknown, "{number}");
            assert!(error.to_string().contains(&number.to_string()), "{error}");
        }
    }
}

/// Rule R5: only exact strings are the framework's.
#[test]
fn a_text_that_only_looks_like_a_reserved_string_is_the_users() {
    let mut texts: Vec<String> =
        ["", "rpc_", "rpc_x", "rpc_io", "rpc_io_error", "no", "RPC_DECODE"]
            .map(String::from)
            .to_vec();
    for (reserved, _) in RESERVED {
        texts.push(format!("{reserved} "));
        texts.push(format!(" {reserved}"));
        texts.push(format!("{reserved}\0"));
        texts.push(reserved[..reserved.len() - 1].to_string());
        texts.push(reserved.to_uppercase());
    }
    for user in texts {
        assert_eq!(FrameworkCode::error_from_wire(0, user.as_bytes()), None, "{user:?}");
        let sent = over_the_wire(EncodedErr::Text(user.clone().into()));
        assert_eq!(sent, (text(0, user.as_bytes()), None));
    }
}

/// Rule R6: all nine, as a text and as any other encoding.
///
/// Case 81
#[test]
fn a_user_error_equal_to_a_reserved_string_goes_out_as_code_8() {
    let expected = (text(8, b"rpc_internal_err"), Some(FrameworkCode::Internal));
    for (reserved, _) in RESERVED {
        assert!(FrameworkCode::is_reserved(reserved.as_bytes()));
        assert_eq!(over_the_wire(EncodedErr::Text(reserved.into())), expected, "{reserved}");
        assert_eq!(over_the_wire(EncodedErr::Text(reserved.to_string().into())), expected);
        assert_eq!(over_the_wire(EncodedErr::Bytes(reserved.into())), expected, "{reserved}");
    }
}

/// Rule R7: at most 4 KiB, cut where a character ends.
#[test]
fn a_long_text_is_cut_at_the_last_character_that_fits() {
    for character in ["x", "é", "€", "😀"] {
        for shift in 0..4 {
            let long = format!("{}{}", "-".repeat(shift), character.repeat(4100));
            let (Event::Text { code: 0, text, .. }, None) =
                over_the_wire(EncodedErr::Text(long.clone().into()))
            else {
                panic!("{character} after {shift}: not sent as a text");
            };
            let sent = std::str::from_utf8(&text).expect("cut where a character ends");
            assert!(long.starts_with(sent));
            let room = 4096 - sent.len();
            assert!(room < character.len(), "one more {character} would have fit in {room}");
        }
    }
}

/// Rule R7: both sides of 4 KiB, for a text and for any other encoding, which cannot be cut.
#[test]
fn an_error_at_each_side_of_4_kib_goes_whole_cut_or_not_at_all() {
    let string = |len| EncodedErr::Text("x".repeat(len).into());
    for len in [4095, 4096] {
        assert_eq!(over_the_wire(string(len)), (text(0, &vec![b'x'; len]), None));
        let bytes = vec![0xFF; len];
        assert_eq!(over_the_wire(EncodedErr::Bytes(bytes.clone())), (text(0, &bytes), None));
    }
    let expected = (text(9, b"rpc_encode"), Some(FrameworkCode::Unencodable));
    for len in [4097, 1 << 20] {
        assert_eq!(over_the_wire(string(len)), (text(0, &[b'x'; 4096]), None));
        assert_eq!(over_the_wire(EncodedErr::Bytes(vec![0xFF; len])), expected, "{len}");
    }
}

/// Sends an error as the one type and reads it as the other.
fn sent_as<E: RpcErrCodec, F: RpcErrCodec>(error: &E) -> (u32, Option<F>) {
    let (event, instead) = over_the_wire(error.encode(&MsgpCodec));
    let Event::Number { seq: 7, number } = event else { panic!("{event:?}") };
    assert_eq!(instead, None);
    (number, F::decode(&MsgpCodec, EncodedErr::Num(number)).ok())
}

/// Rule R3: signed numbers in two's complement, sign-extended.
#[test]
fn a_number_travels_as_32_bits_in_twos_complement() {
    assert_eq!(sent_as(&-1_i8), (u32::MAX, Some(-1_i8)));
    assert_eq!(sent_as(&i8::MIN), (0xFFFF_FF80, Some(i8::MIN)));
    assert_eq!(sent_as(&i8::MAX), (127, Some(i8::MAX)));
    assert_eq!(sent_as(&-2_i16), (0xFFFF_FFFE, Some(-2_i16)));
    assert_eq!(sent_as(&i16::MIN), (0xFFFF_8000, Some(i16::MIN)));
    assert_eq!(sent_as(&i32::MIN), (0x8000_0000, Some(i32::MIN)));
    assert_eq!(sent_as(&u8::MAX), (255, Some(u8::MAX)));
    assert_eq!(sent_as(&u16::MAX), (65535, Some(u16::MAX)));
    assert_eq!(sent_as(&u32::MAX), (u32::MAX, Some(u32::MAX)));
    assert_eq!(sent_as(&()), (0, Some(())));
}

/// Rule R3: a number that the expected type does not have is an error, and is not cut.
#[test]
fn a_number_out_of_range_is_no_error_of_that_type() {
    assert_eq!(sent_as::<_, u8>(&256_u16).1, None);
    assert_eq!(sent_as::<_, i8>(&128_u8).1, None);
    assert_eq!(sent_as::<_, u8>(&-1_i8).1, None);
    assert_eq!(sent_as::<_, u16>(&-1_i32).1, None);
    assert_eq!(sent_as::<_, i16>(&0x8000_u32).1, None);
    assert!(u32::decode(&MsgpCodec, EncodedErr::Bytes(b"1".to_vec())).is_err());
    assert!(<()>::decode(&MsgpCodec, EncodedErr::Bytes(Vec::new())).is_err());
}

/// Rule R3: a `String` travels as its UTF-8 text.
#[test]
fn a_string_travels_as_its_text() {
    for string in ["", "no such account", "rpc_ is how it begins", "ünïcödé 😀"] {
        let (event, instead) = over_the_wire(string.to_string().encode(&MsgpCodec));
        assert_eq!((event, instead), (text(0, string.as_bytes()), None));
        let arrived = EncodedErr::Bytes(string.into());
        assert_eq!(String::decode(&MsgpCodec, arrived).unwrap(), string);
    }
    assert!(String::decode(&MsgpCodec, EncodedErr::Bytes(vec![0xFF])).is_err());
    assert!(String::decode(&MsgpCodec, EncodedErr::Num(0)).is_err());
}

/// Rule R3: `Errno` travels by its number.
#[cfg(feature = "errno")]
#[test]
fn an_errno_travels_by_its_number() {
    use razor_stream::nix::errno::Errno;
    assert_eq!(sent_as(&Errno::EINVAL), (22, Some(Errno::EINVAL)));
    assert_eq!(sent_as::<_, Errno>(&-1_i32).1, Some(Errno::UnknownErrno));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Rule R3: all classes of numbers, each way round.
    ///
    /// Case 12
    #[test]
    fn every_number_comes_back_as_it_was(number in any::<u32>()) {
        let [a, b, _, _] = number.to_le_bytes();
        let half = u16::from_le_bytes([a, b]);
        prop_assert_eq!(sent_as(&number), (number, Some(number)));
        prop_assert_eq!(sent_as(&number.cast_signed()), (number, Some(number.cast_signed())));
        prop_assert_eq!(sent_as(&half), (u32::from(half), Some(half)));
        let signed = half.cast_signed();
        prop_assert_eq!(sent_as(&signed), (i32::from(signed).cast_unsigned(), Some(signed)));
        prop_assert_eq!(sent_as(&a), (u32::from(a), Some(a)));
        let signed = a.cast_signed();
        prop_assert_eq!(sent_as(&signed), (i32::from(signed).cast_unsigned(), Some(signed)));
    }

    /// Rule R6: no user value ever yields a framework error, but for code 8 and 9 in its place.
    ///
    /// Case 81
    #[test]
    fn no_user_text_is_taken_for_a_framework_error(
        text in prop_oneof![
            "(rpc_)?[a-z_]{0,24}",
            "rpc_(service|method|io|decode|encode|timeout|invalid|internal|unreachable)(_notfound|_err|_ver)?",
            ".{0,40}",
        ],
        as_text in any::<bool>(),
    ) {
        let reserved = RESERVED.iter().any(|(reserved, _)| *reserved == text);
        let error = if as_text {
            EncodedErr::Text(text.clone().into())
        } else {
            EncodedErr::Bytes(text.clone().into_bytes())
        };
        let (Event::Text { code, text: arrived, .. }, instead) = over_the_wire(error) else {
            panic!("not a string");
        };
        let error = FrameworkCode::error_from_wire(code, &arrived);
        if reserved {
            let error = error.expect("code 8");
            prop_assert_eq!((code, error.outcome()), (8, Outcome::Executed));
            prop_assert_eq!(instead, Some(FrameworkCode::Internal));
        } else {
            prop_assert_eq!((error, instead), (None, None));
            prop_assert_eq!(arrived, text.into_bytes());
        }
    }
}
