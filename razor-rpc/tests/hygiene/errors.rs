//! Errors of methods where users write them: in a `macro_rules!`, in a function, on conditions, next to thiserror, and
//! where the names that the macro emits mean something else.
//!
//! `NoSuchType` does not exist: code that names it without its condition does not compile.

use crate::bare::silent;
use razor_rpc::RpcErr;
use razor_rpc::error::{EncodedErr, Failover, RpcErrCodec, RpcError};
use razor_rpc::{Codec, MsgpCodec};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Returns the encoding of this error, after a check that it decodes to itself.
#[track_caller]
fn travelled<E: RpcErrCodec + PartialEq>(error: &E) -> EncodedErr {
    let sent = error.encode(&MsgpCodec);
    let arrived =
        sent.as_bytes().map_or_else(|| sent.clone(), |bytes| EncodedErr::Bytes(bytes.to_vec()));
    assert_eq!(E::decode(&MsgpCodec, arrived).as_ref(), Ok(error));
    sent
}

macro_rules! numbered {
    ($(#[$attr:meta])* $name:ident { $($variant:ident = $number:expr),* $(,)? }) => {
        $(#[$attr])*
        #[derive(Debug, PartialEq, RpcErr)]
        enum $name {
            $($variant = $number,)*
            Last,
        }
    };
}

const BASE: isize = 40;
numbered!(Numbered { First = 7, Second = BASE + 2 });

macro_rules! of_item {
    ($item:item) => {
        #[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
        $item
    };
}

of_item! {
    enum OfItem {
        #[rpc(failover_to = leader)]
        NotLeader { leader: Option<String> },
        Gone,
    }
}

macro_rules! texts {
    ($name:ident: $($variant:ident = $text:literal, $to:ident: $ty:ty;)*) => {
        #[derive(Debug, PartialEq, RpcErr)]
        #[rpc(text)]
        enum $name {
            $(#[rpc(text = $text)] $variant,)*
        }
        $(
            #[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
            #[rpc(failover_to = $to)]
            struct $variant {
                $to: $ty,
            }
        )*
    };
}

texts!(Texts: Elsewhere = "else where", r#where: Option<String>;);

#[test]
fn an_error_in_a_macro_of_the_user_travels() {
    assert_eq!(travelled(&Numbered::First), EncodedErr::Num(7));
    assert_eq!(travelled(&Numbered::Second), EncodedErr::Num(42));
    assert_eq!(travelled(&Numbered::Last), EncodedErr::Num(43));
    let not_leader = OfItem::NotLeader { leader: Some("a:1".into()) };
    let _ = (travelled(&not_leader), travelled(&OfItem::Gone));
    assert_eq!(not_leader.should_failover(), Failover::To("a:1"));
    assert_eq!(travelled(&Texts::Elsewhere), EncodedErr::Text("else where".into()));
    let elsewhere = Elsewhere { r#where: None };
    let _ = travelled(&elsewhere);
    assert_eq!(elsewhere.should_failover(), Failover::Next, "an `Option` is seen in a fragment");
}

#[derive(Debug, PartialEq, RpcErr)]
enum Conditional {
    #[cfg(any())]
    Never(NoSuchType),
    #[cfg_attr(all(), cfg(any()))]
    NeverEither(NoSuchType),
    #[cfg(not(any()))]
    #[cfg_attr(all(), rpc(failover))]
    Always = 3,
    #[cfg(any())]
    Always = 4,
}

#[test]
fn an_error_has_the_variants_whose_conditions_hold() {
    assert_eq!(travelled(&Conditional::Always), EncodedErr::Num(3));
    assert_eq!(Conditional::Always.should_failover(), Failover::Next);
}

#[test]
fn an_error_in_a_function_is_one_of_a_method() {
    #[derive(Debug, PartialEq, thiserror::Error, RpcErr)]
    #[non_exhaustive]
    enum Local {
        #[error("nothing is here")]
        Nothing = 1,
    }
    fn called() -> Result<(), RpcError<Local>> {
        Err(Local::Nothing)?
    }
    assert_eq!(travelled(&Local::Nothing), EncodedErr::Num(1));
    let error = called().expect_err("nothing is there");
    assert_eq!(error.to_string(), "nothing is here");
}

mod old {
    /// An error with a deprecated variant.
    #[derive(Debug, PartialEq, razor_rpc::RpcErr)]
    pub(super) enum Old {
        #[deprecated]
        Gone,
        Here,
    }
}

#[expect(deprecated, reason = "this is where it is seen that the users are told")]
#[test]
fn a_deprecated_variant_still_travels() {
    assert_eq!(travelled(&old::Old::Gone), EncodedErr::Num(0));
}

/// Variants, parameters and modules with the names that other things have.
mod renamed {
    #![expect(dead_code, non_camel_case_types, reason = "they are in the way, and nothing else")]

    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod razor_rpc {}
    struct Option;
    struct Result;
    struct String;
    trait Codec {}
    trait RpcErrCodec {}
    trait Debug {}
    type u32 = ();
    type str = ();
    type i128 = ();

    #[derive(Debug, PartialEq, ::razor_rpc::RpcErr)]
    pub(super) enum Failover {
        Some,
        None,
        Ok,
        Err,
        EncodedErr,
    }

    #[derive(Debug, PartialEq, ::razor_rpc::RpcErr)]
    #[rpc(text)]
    pub(super) enum Self_ {
        r#fn,
        __error,
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, RpcErr)]
#[rpc(failover_to = __to)]
struct C<K, E: Copy> {
    __to: String,
    __codec: K,
    shown: E,
}

#[test]
fn an_error_travels_where_its_names_mean_something_else() {
    assert_eq!(travelled(&renamed::Failover::Err), EncodedErr::Num(3));
    let _ = [renamed::Failover::Some, renamed::Failover::None, renamed::Failover::Ok];
    let _ = renamed::Failover::EncodedErr;
    assert_eq!(travelled(&renamed::Self_::r#fn), EncodedErr::Text("fn".into()));
    assert_eq!(travelled(&renamed::Self_::__error), EncodedErr::Text("__error".into()));
    let named = C { __to: "a:1".to_string(), __codec: 7_u8, shown: 'x' };
    let _ = travelled(&named);
    assert_eq!(named.should_failover(), Failover::To("a:1"));
}

#[test]
fn an_error_travels_where_there_is_no_prelude() {
    assert_eq!(travelled(&silent::Numbered::One), EncodedErr::Num(1));
    assert_eq!(silent::Text::One.encode(&MsgpCodec), EncodedErr::Text("One".into()));
    let leader = silent::NotLeader { leader: Some("a:1".into()) };
    assert_eq!(leader.should_failover(), Failover::To("a:1"));
    let encoded = MsgpCodec.encode(&leader).expect("it encodes");
    assert_eq!(leader.encode(&MsgpCodec), EncodedErr::Bytes(encoded));
}
