//! Expansions and messages of `#[derive(RpcErr)]`, on tokens.
//!
//! Knows what is written and what comes out. Does not compile it: the tests of `razor-stream` and `razor-rpc` do.

use super::*;
use crate::errors::{flat, mistakes};

fn expanded(item: &str) -> (String, Vec<(String, String)>) {
    let tokens = expand(item.parse().expect("tokens"), Root::rpc);
    (flat(&tokens), mistakes(&tokens))
}

/// Every part is in what comes out.
fn assert_has(item: &str, parts: &[&str]) {
    let (text, told) = expanded(item);
    assert_eq!(told, [], "{item}");
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn an_enum_without_fields_travels_as_numbers() {
    assert_has(
        "enum BankError { NoAccount = 3, r#Type }",
        &[
            "const__FORM_0:::core::primitive::u32=::razor_rpc::__private::error_number(BankError::NoAccount{}as::core::primitive::i128,&[],);",
            "const__FORM_1:::core::primitive::u32=::razor_rpc::__private::error_number(BankError::r#Type{}as::core::primitive::i128,&[__FORM_0],);",
            "Self::NoAccount{..}=>::razor_rpc::__private::EncodedErr::Num(__FORM_0),",
            "match::razor_rpc::__private::number_of(&__error){::core::option::Option::Some(__FORM_0)=>::core::result::Result::Ok(Self::NoAccount{}),",
            "_=>::core::result::Result::Err(::razor_rpc::__private::unknown_error(\"BankError\",__error)),",
        ],
    );
    let (text, _) = expanded("enum E { A }");
    assert!(!text.contains("should_failover"), "the library's own is meant: {text}");
}

#[test]
fn a_text_is_the_name_of_its_variant_or_what_is_written_above_it() {
    assert_has(
        "#[rpc(text)] enum E { NoAccount, r#Type, #[rpc(text = \"no_funds\")] NoFunds }",
        &[
            "error_text(\"NoAccount\",&[]);",
            "error_text(\"Type\",&[__FORM_0]);",
            "error_text(\"no_funds\",&[__FORM_0,__FORM_1]);",
            "Self::NoFunds{..}=>::razor_rpc::__private::error_of_text(__FORM_2),",
            "match::razor_rpc::__private::text_of(&__error){",
        ],
    );
    assert_has("#[rpc(text)] struct Gone;", &["error_text(\"Gone\",&[]);", "Self{..}=>"]);
    assert_has("#[rpc(text = \"gone\",)] struct Gone {}", &["error_text(\"gone\",&[]);"]);
}

#[test]
fn what_has_fields_or_says_so_travels_as_the_codec_encodes_it() {
    let parts = &[
        "::razor_rpc::__private::encode_error(__codec,self)",
        "::razor_rpc::__private::decode_own(__codec,\"E\",__error)",
    ];
    for item in [
        "enum E { NoAccount, Missing(u64) }",
        "struct E { missing: u64 }",
        "struct E(u64);",
        "#[rpc(codec)] enum E { A, B }",
        "#[rpc(codec)] struct E;",
    ] {
        assert_has(item, parts);
        assert!(!expanded(item).0.contains("__FORM"), "{item}");
    }
}

#[test]
fn a_case_says_where_its_call_goes() {
    assert_has(
        "enum E { A, #[rpc(failover)] B(u8), #[rpc(failover_to = leader)] C { leader: String, at: u64 },
            #[rpc(failover_to = 1)] D(u8, Option<String>) }",
        &[
            "Self::A{..}=>::razor_rpc::__private::Failover::No,",
            "Self::B{..}=>::razor_rpc::__private::Failover::Next,",
            "Self::C{leader:__to,..}=>::razor_rpc::__private::Failover::To(::core::convert::AsRef::<::core::primitive::str>::as_ref(__to)),",
            "Self::D{1:::core::option::Option::Some(__to),..}=>::razor_rpc::__private::Failover::To(",
            "Self::D{1:::core::option::Option::None,..}=>::razor_rpc::__private::Failover::Next,",
        ],
    );
    assert_has(
        "#[rpc(failover_to = 0)] struct NotLeader(String);",
        &["matchself{Self{0:__to,..}=>::razor_rpc::__private::Failover::To("],
    );
}

#[test]
fn the_parameters_of_a_type_are_those_of_its_implementation() {
    assert_has(
        "enum E<'a, T: Copy, const N: usize> where T: Ord { A(&'a [T; N]) }",
        &["impl<'a,T:Copy,constN:usize>::razor_rpc::__private::RpcErrCodecforE<'a,T,N>whereT:Ord,\
           Self:::core::fmt::Debug+::core::marker::Send+'static,\
           Self:::razor_rpc::__private::Serialize+::razor_rpc::__private::DeserializeOwned{"],
    );
    let (text, told) = expanded("#[rpc(text)] struct E<T>;");
    assert_eq!(told, []);
    assert!(!text.contains("Serialize"), "{text}");
}

#[test]
fn the_library_is_where_it_is_said_to_be() {
    let item = "#[rpc(text, crate = crate::rpc)] #[rpc()] enum E { A }";
    assert_has(item, &["implcrate::rpc::__private::RpcErrCodecforE"]);
    let (text, _) = (expand("enum E { A }".parse().expect("tokens"), Root::stream), ());
    assert!(flat(&text).contains("impl::razor_stream::__private::RpcErrCodecforE"));
}

/// (item, what is said, the word it is said of)
const MISTAKES: &[(&str, &str, &str)] = &[
    ("enum Nothing {}", "at least one variant", "Nothing"),
    ("union U { a: u8 }", "an enum or a struct", "union"),
    ("#[rpc] enum E { A }", "write `#[rpc(…)]`", "#"),
    ("#[rpc = 1] enum E { A }", "write `#[rpc(…)]`", "#"),
    ("#[rpc(text text)] enum E { A }", "the words are `text`", "text"),
    ("#[rpc(number)] enum E { A }", "there is no `number` here", "number"),
    ("#[rpc(a::b)] enum E { A }", "there is no `a::b` here", "a"),
    ("#[rpc(codec = 1)] enum E { A }", "write `codec` alone", "codec"),
    ("enum E { #[rpc(failover = 1)] A }", "write `failover` alone", "failover"),
    ("#[rpc(text, text)] enum E { A }", "has been said", "text"),
    ("enum E { #[rpc(failover, failover_to = 0)] A(String) }", "has been said", "failover_to"),
    ("#[rpc(text, codec)] enum E { A }", "in one form", "codec"),
    ("#[rpc(text = \"a\")] enum E { A }", "a text of its own", "\"a\""),
    ("#[rpc(text = 7)] struct S;", "write a text", "7"),
    ("#[rpc(failover)] enum E { A }", "a variant says this", "failover"),
    ("enum E { #[rpc(text)] A }", "in one form", "text"),
    ("enum E { #[rpc(codec)] A }", "in one form", "codec"),
    ("enum E { #[rpc(text = \"a\")] A }", "under `#[rpc(text)]`", "text"),
    ("#[rpc(text)] enum E { A, B(u8) }", "no place for fields", "(u8)"),
    ("#[rpc(text)] struct S { a: u8 }", "no place for fields", "{ a: u8 }"),
    ("enum E { #[rpc(failover_to)] A(String) }", "which field has the address", "failover_to"),
    ("enum E { #[rpc(failover_to = a + b)] A(String) }", "the name or the number", "a"),
    ("enum E { #[rpc(failover_to = leader)] A(String) }", "`A` has no such field", "leader"),
    ("enum E { #[rpc(failover_to = 1)] A(String) }", "`A` has no such field", "1"),
    ("enum E { A(#[rpc(failover)] String) }", "a field says nothing here", "#"),
    ("enum E<const N: usize> { A }", "are not known: write", "const"),
    ("#[rpc(crate = \"x\")] enum E { A }", "without quotes", "\"x\""),
];

#[test]
fn every_mistake_is_told_at_its_word_with_what_to_write_instead() {
    for (item, expected, place) in MISTAKES {
        let (text, told) = expanded(item);
        assert_eq!(told.len(), 1, "{item}: {told:?}");
        let (message, at) = &told[0];
        assert!(message.contains(expected), "{item}: {message:?} does not say {expected:?}");
        assert!(at.starts_with(place), "{item}: {message:?} is shown at {at:?}");
        assert!(text.contains("RpcErrCodecfor"), "the type is still an error: {text}");
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let (_, told) = expanded("#[rpc(number)] enum E { #[rpc(codec)] A, #[rpc(failover_to)] B }");
    let places: Vec<_> = told.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(places, ["number", "codec", "failover_to"]);
}
