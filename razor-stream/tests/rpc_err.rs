//! `#[derive(RpcErr)]`: how errors travel (rule R3), how they arrive, also at an older client, and how they are shown.

use razor_stream::RpcErr;
use razor_stream::client::task::decode_error;
use razor_stream::codec::{Codec, MsgpCodec};
use razor_stream::error::{
    EncodedErr, ErrDecodeError, Failover, Outcome, RpcErrCodec, RpcErrKind, RpcError, UserErr,
};
use serde::{Deserialize, Serialize, Serializer};
use std::error::Error;
use std::fmt::Debug;

#[derive(Debug, PartialEq, RpcErr)]
#[repr(i64)]
enum Numbered {
    Zero,
    Seven = 7,
    Negative = -3,
    Largest = 0xFFFF_FFFF,
}

#[derive(Debug, PartialEq, RpcErr)]
#[rpc(text)]
#[expect(
    non_camel_case_types,
    reason = "it is a raw identifier, of which there is none in camel case"
)]
enum Named {
    NoAccount,
    #[rpc(text = "no funds, \"sorry\"")]
    NoFunds,
    r#type,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
enum Detailed {
    Gone,
    Missing(u64),
    #[rpc(failover)]
    Moving,
    #[rpc(failover_to = leader)]
    NotLeader {
        epoch: u64,
        leader: String,
    },
    #[rpc(failover_to = 1)]
    Elsewhere(u8, Option<Box<str>>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
#[rpc(failover_to = leader)]
struct NotLeader {
    leader: String,
}

#[derive(Debug, PartialEq, RpcErr)]
struct Gone;

#[derive(Debug, PartialEq, RpcErr)]
#[rpc(text)]
struct Lost {}

#[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
#[rpc(codec)]
enum Growing {
    Alone,
}

/// Checks that the error is encoded as `sent` and decodes to itself; strings arrive as bytes, in whatever form they
/// were sent.
#[track_caller]
fn assert_travels<E: RpcErrCodec + PartialEq>(error: E, sent: EncodedErr) {
    assert_eq!(error.encode(&MsgpCodec), sent);
    let arrived = match sent {
        EncodedErr::Text(text) => EncodedErr::Bytes(text.into_owned().into_bytes()),
        other => other,
    };
    assert_eq!(E::decode(&MsgpCodec, arrived), Ok(error));
}

fn msgpack(value: &impl Serialize) -> EncodedErr {
    EncodedErr::Bytes(MsgpCodec.encode(value).expect("it encodes"))
}

/// Rule R3: numbers are u32, negative ones in two's complement.
#[test]
fn an_enum_without_fields_travels_by_its_discriminants() {
    assert_travels(Numbered::Zero, EncodedErr::Num(0));
    assert_travels(Numbered::Seven, EncodedErr::Num(7));
    assert_travels(Numbered::Negative, EncodedErr::Num(0xFFFF_FFFD));
    assert_travels(Numbered::Largest, EncodedErr::Num(u32::MAX));
    assert_travels(Gone, EncodedErr::Num(0));
}

/// Rule R3: a text is UTF-8.
#[test]
fn a_text_is_the_name_of_the_variant_or_its_own() {
    assert_travels(Named::NoAccount, EncodedErr::Text("NoAccount".into()));
    assert_travels(Named::NoFunds, EncodedErr::Text("no funds, \"sorry\"".into()));
    assert_travels(Named::r#type, EncodedErr::Text("type".into()));
    assert_travels(Lost {}, EncodedErr::Text("Lost".into()));
}

/// Rule R3: anything else is the bytes of the codec.
#[test]
fn an_error_with_fields_travels_as_the_codec_encodes_it() {
    assert_travels(Detailed::Gone, msgpack(&"Gone"));
    assert_travels(Detailed::Missing(7), msgpack(&Detailed::Missing(7)));
    let leader = || "10.0.0.7:8082".to_string();
    let not_leader = || Detailed::NotLeader { epoch: 3, leader: leader() };
    assert_travels(not_leader(), msgpack(&not_leader()));
    assert_travels(NotLeader { leader: leader() }, msgpack(&NotLeader { leader: leader() }));
    assert_travels(Growing::Alone, msgpack(&"Alone"));
}

#[test]
fn a_variant_says_where_its_call_goes() {
    assert_eq!(Detailed::Gone.should_failover(), Failover::No);
    assert_eq!(Detailed::Moving.should_failover(), Failover::Next);
    let named = Detailed::NotLeader { epoch: 3, leader: "a:1".into() };
    assert_eq!(named.should_failover(), Failover::To("a:1"));
    assert_eq!(Detailed::Elsewhere(1, Some("b:2".into())).should_failover(), Failover::To("b:2"));
    assert_eq!(Detailed::Elsewhere(1, None).should_failover(), Failover::Next);
    assert_eq!(NotLeader { leader: "c:3".into() }.should_failover(), Failover::To("c:3"));
    assert_eq!(Numbered::Zero.should_failover(), Failover::No);
}

/// Checks the error of a caller whose type does not have the received error: it shows `text`, and keeps what arrived.
#[track_caller]
fn assert_unknown<E: RpcErrCodec + PartialEq>(received: EncodedErr, text: &str) {
    let error: RpcError<E> = decode_error(&MsgpCodec, RpcError::User(received.clone()));
    assert_eq!(error, RpcErrKind::Decode);
    assert_eq!(error.outcome(), Outcome::Executed);
    assert!(error.to_string().contains(text), "{error}");
    let unknown = error.source().and_then(<dyn Error>::downcast_ref::<ErrDecodeError>);
    assert_eq!(unknown.and_then(ErrDecodeError::received), Some(&received), "{error:?}");
}

#[test]
fn a_variant_that_an_older_client_does_not_know_is_told_and_kept() {
    let bytes = |text: &str| EncodedErr::Bytes(text.as_bytes().to_vec());
    assert_unknown::<Numbered>(EncodedErr::Num(8), "`Numbered` has no error of the number 8");
    assert_unknown::<Numbered>(bytes("Frozen"), "`Numbered` has no error of the text \"Frozen\"");
    assert_unknown::<Named>(bytes("Frozen"), "`Named` has no error of the text \"Frozen\"");
    assert_unknown::<Named>(bytes("noaccount"), "no error of the text \"noaccount\"");
    assert_unknown::<Named>(EncodedErr::Num(8), "`Named` has no error of the number 8");
    assert_unknown::<Detailed>(msgpack(&"Frozen"), "`Detailed`: unknown variant `Frozen`");
    assert_unknown::<Detailed>(EncodedErr::Num(8), "`Detailed` has no error of the number 8");
    assert_unknown::<Gone>(EncodedErr::Num(1), "`Gone` has no error of the number 1");
    assert_unknown::<u8>(EncodedErr::Num(700), "700 is no u8");
    assert_unknown::<String>(EncodedErr::Bytes(vec![0xFF]), "not UTF-8");
}

#[derive(Debug, Deserialize, RpcErr)]
#[rpc(codec)]
struct NeverEncodes;

impl Serialize for NeverEncodes {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("meant: it never encodes"))
    }
}

#[test]
fn an_error_that_does_not_encode_says_why() {
    let EncodedErr::Unencodable(why) = NeverEncodes.encode(&MsgpCodec) else {
        panic!("it has no encoding");
    };
    assert!(why.contains("it never encodes"), "{why}");
}

/// The text of a call with this error, and the text of its source.
fn shown<E: RpcErrCodec>(error: E) -> (String, Option<String>) {
    let error = RpcError::User(error);
    (error.to_string(), error.source().map(ToString::to_string))
}

#[derive(Debug, thiserror::Error, RpcErr)]
enum OfThiserror {
    #[error("the disk is full")]
    Full,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize, RpcErr)]
enum WithSource {
    #[error("the disk failed")]
    Disk(#[source] Cause),
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[error("sector {0}")]
struct Cause(u64);

#[derive(Debug, RpcErr)]
enum WithDisplay {
    Full,
}

impl std::fmt::Display for WithDisplay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is full")
    }
}

#[test]
fn an_error_is_shown_by_the_best_that_its_type_has() {
    assert_eq!(shown(Numbered::Seven), ("Seven".into(), None));
    assert_eq!(shown(WithDisplay::Full), ("it is full".into(), None));
    assert_eq!(shown(OfThiserror::Full), ("the disk is full".into(), None));
    let sector = ("the disk failed".into(), Some("sector 7".into()));
    assert_eq!(shown(WithSource::Disk(Cause(7))), sector);
    assert!(OfThiserror::Full.as_error().is_some_and(|error| error.is::<OfThiserror>()));
    assert!(WithDisplay::Full.as_error().is_none());
}

#[derive(Debug, PartialEq, thiserror::Error, Serialize, Deserialize, RpcErr)]
#[error("{0:?} and {1} more")]
struct Generic<T: Debug, const N: usize>(T, u8);

#[derive(Debug, RpcErr)]
#[rpc(text)]
enum Sized<const N: usize> {
    Small,
}

#[test]
fn a_type_with_parameters_is_an_error_where_they_are() {
    assert_travels(Generic::<u8, 2>(1, 2), msgpack(&(1, 2)));
    assert_eq!(shown(Generic::<_, 2>("a".to_string(), 2)), ("\"a\" and 2 more".into(), None));
    assert_eq!(Sized::<3>::Small.encode(&MsgpCodec), EncodedErr::Text("Small".into()));
}

impl From<std::num::ParseIntError> for Numbered {
    fn from(_: std::num::ParseIntError) -> Self {
        Self::Seven
    }
}

#[test]
fn an_error_of_another_type_becomes_the_methods_own_by_user_err_and_user_text() {
    fn own(text: &str) -> Result<u8, RpcError<Numbered>> {
        let parsed = text.parse::<u8>().user_err()?;
        Ok(parsed.checked_sub(1).ok_or(Numbered::Zero)?)
    }
    fn text(text: &str) -> Result<u8, RpcError<String>> {
        text.parse::<u8>().user_text()
    }
    assert_eq!(own("2"), Ok(1));
    assert_eq!(own("0"), Err(RpcError::User(Numbered::Zero)));
    assert_eq!(own("x"), Err(RpcError::User(Numbered::Seven)));
    assert_eq!(text("2"), Ok(2));
    assert_eq!(text("x"), Err(RpcError::User("invalid digit found in string".into())));
}
