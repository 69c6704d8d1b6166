//! Expansions and messages of `#[server_task_enum]`, on tokens.
//!
//! Sources are parsed from text, so that it is known which of its words a message points at. Knows what is written
//! and what comes out. Does not compile it: the tests of `razor-stream` do.

use super::*;
use crate::errors::{flat, messages};
use proc_macro2::TokenTree;

/// The expanded code, the messages of its errors, and the token at which each message is shown.
struct Expanded {
    text: String,
    told: Vec<(String, String)>,
}

fn expanded(args: &str, item: &str) -> Expanded {
    let parse = |text: &str| text.parse::<TokenStream>().expect("tokens");
    let tokens = expand(parse(args), parse(item));
    let told = messages(&tokens).into_iter().zip(places(&tokens)).collect();
    Expanded { text: flat(&tokens), told }
}

/// The source of the first token that each message points at.
fn places(tokens: &TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for tree in tokens.clone() {
        match tree {
            TokenTree::Ident(ident) if ident == "compile_error" => {
                found.push(ident.span().source_text().unwrap_or_default());
            }
            TokenTree::Group(group) => found.extend(places(&group.stream())),
            _ => {}
        }
    }
    found
}

const DISK: &str = "
    enum Disk {
        #[action(1)] Read(ServerTask<Read>),
        #[action(2, 3)] #[action(\"Disk.write\", Op::Append)] Write(ServerTask<Write>),
    }
";

#[test]
fn a_request_goes_to_the_variant_that_has_its_action() {
    let Expanded { text, told } = expanded("req", DISK);
    assert_eq!(told, []);
    assert!(
        text.starts_with("enumDisk{Read(ServerTask<Read>),Write(ServerTask<Write>),}"),
        "{text}"
    );
    for part in [
        "impl::razor_stream::__private::ServerTaskDecodeforDisk{typeCodec=\
         <ServerTask<Read>as::razor_stream::__private::ServerTaskDecode>::Codec;",
        "const__ACTION_0:::core::primitive::u32=::razor_stream::__private::action_number(1as::core::primitive::i128,&[]);",
        "const__ACTION_3:::core::primitive::u32=::razor_stream::__private::action_number(Op::Appendas::core::primitive::i128,\
         &[__ACTION_0,__ACTION_1,__ACTION_2]);",
        "match__call.action(){::razor_stream::__private::RpcAction::Num(__ACTION_0)=>\
         <ServerTask<Read>as::razor_stream::__private::ServerTaskDecode>::decode_task(\
         __codec,__call,__reply,).map(Self::Read),",
        "::razor_stream::__private::RpcAction::Num(__ACTION_1|__ACTION_2|__ACTION_3)|\
         ::razor_stream::__private::RpcAction::Str(\"Disk.write\")=>",
        "_=>::razor_stream::__private::no_such_action(__reply),",
        "Self::Write(__task)=><ServerTask<Write>as::razor_stream::__private::Refuse>::refuse(__task,__code),",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("ServerTaskEncode"));
}

#[test]
fn each_role_has_its_traits() {
    let answered = expanded("resp", "enum Done { Read(Task), Write(Task) }");
    assert_eq!(answered.told, []);
    assert!(answered.text.contains(
        "fnrespond(self){matchself{Self::Read(__task)=>\
         <Taskas::razor_stream::__private::ServerTaskEncode>::respond(__task),"
    ));
    assert!(!answered.text.contains("ServerTaskDecode"));
    for args in ["req, resp", "resp, req"] {
        let both = expanded(args, DISK);
        assert_eq!(both.told, []);
        for part in ["ServerTaskDecodeforDisk", "RefuseforDisk", "ServerTaskEncodeforDisk"] {
            assert_eq!(both.text.matches(part).count(), 1, "{part}");
        }
    }
}

#[test]
fn a_generic_enum_asks_for_what_its_tasks_need() {
    let source = "enum Disk<K: Codec> where K: Copy { #[action(1)] Read(Task<K>), #[action(2)] Write(Other<K>) }";
    let Expanded { text, told } = expanded("req", source);
    assert_eq!(told, []);
    assert!(text.contains(
        "impl<K:Codec>::razor_stream::__private::RefuseforDisk<K>whereK:Copy,\
         Self:::core::marker::Send+'static,\
         Task<K>:::razor_stream::__private::ServerTaskDecode,\
         Other<K>:::razor_stream::__private::ServerTaskDecode<Codec=\
         <Task<K>as::razor_stream::__private::ServerTaskDecode>::Codec>{"
    ));
}

#[test]
fn variants_on_conditions_share_an_action_and_keep_their_conditions() {
    let source = "enum Disk {
        #[cfg(unix)] #[action(1)] Unix(A),
        #[cfg(windows)] #[action(1)] Windows(B),
        #[action(2)] Both(C),
    }";
    let Expanded { text, told } = expanded("req", source);
    assert_eq!(told, []);
    assert!(text.contains("typeCodec=<Cas"), "the codec of a variant that is always there");
    // The variant, its number, and its arms in three functions.
    assert_eq!(text.matches("#[cfg(unix)]").count(), 5, "{text}");
    assert!(
        text.contains("(2as::core::primitive::i128,&[])"),
        "those on a condition may not be there: {text}"
    );
}

#[test]
fn an_action_is_recognised_also_where_it_comes_from_a_macro() {
    use crate::peel::fragment;
    let number = fragment(quote!(7));
    let (name, value) = (fragment(quote!("x")), fragment(quote!((Op::R))));
    let item = quote!(
        enum E {
            #[action(#number, #name, (#value))]
            A(T),
        }
    );
    let tokens = expand(quote!(req), item);
    assert_eq!(messages(&tokens), Vec::<String>::new());
    let text = flat(&tokens);
    for part in ["(7as", "(Op::Ras", "RpcAction::Str(\"x\")"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let twice = expand(
        quote!(req),
        quote!(
            enum E {
                #[action(7)]
                A(T),
                #[action((#number))]
                B(T),
            }
        ),
    );
    assert!(messages(&twice)[0].contains("`A` has this"));
}

/// (attribute, item, what is said, the word it is said of)
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("request", "enum E { #[action(1)] A(T) }", "`req` and `resp` are all", "request"),
    ("req resp x", "enum E { #[action(1)] A(T) }", "`req` and `resp` are all", "x"),
    ("req, req", "enum E { #[action(1)] A(T) }", "has been said", "req"),
    ("req", "struct S;", "goes on an enum", "struct"),
    ("req", "enum Nothing {}", "has variants", "Nothing"),
    ("req", "enum E { #[action(1)] Unit }", "write `Unit(ServerTask<…>)`", "Unit"),
    ("req", "enum E { #[action(1)] A(T, U) }", "holds one task", "(T, U)"),
    ("req", "enum E { #[action(1)] A { t: T } }", "holds one task", "{ t: T }"),
    ("req", "enum E { Silent(T) }", "write `#[action(…)]` above", "Silent"),
    ("req", "enum E { #[action] A(T) }", "write `#[action(1)]`", "#"),
    ("req", "enum E { #[action = 1] A(T) }", "write `#[action(1)]`", "#"),
    ("req", "enum E { #[action()] A(T) }", "write `#[action(1)]`", "#"),
    ("req", "enum E { #[action(1 2)] A(T) }", "write `#[action(1)]`", "1"),
    ("req", "enum E { #[action(0)] A(T) }", "0 is ping", "0"),
    ("req", "enum E { #[action(0x7FFF_0000)] A(T) }", "are reserved", "0x7FFF_0000"),
    ("req", "enum E { #[action(99999999999)] A(T) }", "are reserved", "99999999999"),
    ("req", "enum E { #[action(-1)] A(T) }", "never negative", "-"),
    ("req", "enum E { #[action(1.5)] A(T) }", "this is no action: write", "1.5"),
    ("req", "enum E { #[action(f())] A(T) }", "this is no action: write", "f"),
    ("req", "enum E { #[action(\"\")] A(T) }", "write a name", "\"\""),
    ("req", "enum E { #[action(7)] A(T), #[action(0x7)] B(T) }", "`A` has this", "0x7"),
    ("req", "enum E { #[action(\"x\", \"x\")] A(T) }", "this variant has this", "\"x\""),
    ("req", "enum E { #[action(Op::R)] A(T), #[action(Op::R)] B(T) }", "give `B` another", "Op"),
    ("resp", "enum E { #[action(1)] A(T) }", "only what is decoded", "#"),
];

#[test]
fn every_mistake_of_an_enum_is_told_at_its_word_with_what_to_write_instead() {
    for (args, item, expected, place) in MISTAKES {
        let Expanded { told, .. } = expanded(args, item);
        assert_eq!(told.len(), 1, "{item}: {told:?}");
        let (message, at) = &told[0];
        assert!(message.contains(expected), "{item}: {message:?} does not say {expected:?}");
        assert_eq!(at, place, "{item}: {message:?}");
    }
}

#[test]
fn an_attribute_without_a_role_is_told_what_there_is() {
    let Expanded { told, .. } = expanded("", "enum E { #[action(1)] A(T) }");
    assert_eq!(told.len(), 1);
    assert!(told[0].0.contains("write `#[server_task_enum(req)]`"), "{told:?}");
}

#[test]
fn a_name_over_the_limit_is_told_and_one_at_it_is_not() {
    let source = |len| format!("enum E {{ #[action(\"{}\")] A(T) }}", "x".repeat(len));
    assert_eq!(expanded("req", &source(256)).told, []);
    let Expanded { told, .. } = expanded("req", &source(257));
    assert!(told[0].0.contains("at most 256 bytes"), "{told:?}");
}

#[test]
fn several_mistakes_are_told_at_once_and_the_enum_stays_a_task() {
    let source = "enum E { #[action(0)] A(T), B(T), #[action(1)] C }";
    let Expanded { text, told } = expanded("req, resp", source);
    let places: Vec<_> = told.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(places, ["0", "B", "C"]);
    assert!(text.contains("enumE{A(T),B(T),C}"), "what the user wrote stays: {text}");
    for part in ["ServerTaskDecodeforE", "RefuseforE", "ServerTaskEncodeforE"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(text.matches("{::core::unreachable!()}").count(), 4);
}
