//! Messages made to exhaust the stack or to lie about lengths. All are refused, none panics.
#![cfg(feature = "msgpack")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::thread;

use razor_rpc_codec::{Codec, MsgpCodec};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Lists(Vec<Lists>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Maps {
    m: BTreeMap<u8, Maps>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Next(Box<Chain>),
    Link { next: Box<Chain> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    left: Option<Box<Tree>>,
    right: Option<Box<Tree>>,
    wide: Option<Box<[u64; 16]>>,
}

/// A type that decodes without ever reading a byte.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Bottomless(Option<Box<Bottomless>>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Lists(Vec<Untagged>),
}

fn on_a_small_stack<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(body)
        .expect("a thread")
        .join()
        .expect("no panic")
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug + 'static>(bytes: Vec<u8>, reason: &'static str) {
    let err =
        on_a_small_stack(move || MsgpCodec.decode::<T>(&bytes).expect_err("a bomb is refused"));
    assert!(err.to_string().contains(reason), "{err}");
}

#[test]
fn a_hundred_thousand_levels_are_refused_on_a_small_stack() {
    const DEEP: usize = 100_000;
    const TOO_DEEP: &str = "nest too deep";
    refused::<Lists>(vec![0x91; DEEP], TOO_DEEP);
    refused::<IgnoredAny>(vec![0x91; DEEP], TOO_DEEP);
    refused::<Untagged>(vec![0x91; DEEP], TOO_DEEP);
    refused::<Maps>([0x81, 0xa1, b'm', 0x81, 0x01].repeat(DEEP), TOO_DEEP);
    refused::<Chain>([0x81, 0xa4, b'N', b'e', b'x', b't'].repeat(DEEP), TOO_DEEP);
    refused::<Chain>(b"\x81\xa4Link\x81\xa4next".repeat(DEEP), TOO_DEEP);
    refused::<Tree>(b"\x81\xa4left".repeat(DEEP), TOO_DEEP);
    refused::<Bottomless>(vec![0x01; DEEP], TOO_DEEP);
}

/// Case 80
#[test]
fn sixty_four_levels_are_accepted_on_a_small_stack_and_one_more_is_not() {
    let mut bytes = vec![0x91; 63];
    bytes.push(0x90);
    let value: Lists = on_a_small_stack(move || MsgpCodec.decode(&bytes).unwrap());
    let bytes = MsgpCodec.encode(&value).unwrap();
    assert_eq!(bytes.len(), 64);
    refused::<Lists>([vec![0x91], bytes].concat(), "nest too deep");
}

#[test]
fn optional_children_count_once_per_level() {
    let mut tree = Tree { left: None, right: None, wide: Some(Box::new([1; 16])) };
    for _ in 0..62 {
        tree = Tree { left: None, right: Some(Box::new(tree)), wide: None };
    }
    // The array inside the innermost tree is level 64.
    let bytes = MsgpCodec.encode(&tree).unwrap();
    let back: Tree = on_a_small_stack(move || MsgpCodec.decode(&bytes).unwrap());
    assert_eq!(back, tree);
}

#[test]
fn a_wide_message_is_as_shallow_as_its_deepest_value() {
    let value: Vec<Chain> = (0..1000).map(|_| Chain::Next(Box::new(Chain::End))).collect();
    assert_eq!(MsgpCodec.decode::<Vec<Chain>>(&MsgpCodec.encode(&value).unwrap()).unwrap(), value);
}

/// Case 80
#[test]
fn announced_lengths_without_elements_are_refused() {
    const SHORT: &str = "ends inside a value";
    for head in [0xdd_u8, 0xdf] {
        let bomb = vec![head, 0xff, 0xff, 0xff, 0xff];
        refused::<IgnoredAny>(bomb.clone(), SHORT);
        refused::<Untagged>(bomb, SHORT);
    }
    let array = vec![0xdd, 0xff, 0xff, 0xff, 0xff];
    refused::<Vec<u64>>(array.clone(), SHORT);
    refused::<Vec<[u64; 32]>>(array.clone(), "too much memory");
    refused::<ByteBuf>(array.clone(), SHORT);
    refused::<(u8, u8)>(array, SHORT);
    let map = vec![0xdf, 0xff, 0xff, 0xff, 0xff];
    refused::<HashMap<u64, u64>>(map.clone(), SHORT);
    refused::<Maps>(map.clone(), SHORT);
    refused::<Chain>(map, "wrong number of elements");
    for head in [0xc6_u8, 0xdb] {
        let bomb = vec![head, 0xff, 0xff, 0xff, 0xff, 1, 2, 3];
        refused::<ByteBuf>(bomb.clone(), SHORT);
        refused::<String>(bomb.clone(), SHORT);
        refused::<Vec<u8>>(bomb, SHORT);
    }
    for ext in [vec![0xc9, 0xff, 0xff, 0xff, 0xff, 5, 1], vec![0xd8, 5, 1], vec![0xc7, 9, 5]] {
        refused::<IgnoredAny>(ext.clone(), "");
        refused::<Untagged>(ext.clone(), "");
        refused::<Vec<u8>>(ext, "");
    }
}

/// Case 17
#[test]
fn bytes_after_the_value_are_refused() {
    const LEFT: &str = "bytes left over after the value";
    refused::<u8>(vec![1, 2], LEFT);
    refused::<u8>(vec![1, 0xc1], LEFT);
    refused::<()>(vec![0xc0, 0xc0], LEFT);
    refused::<Option<u8>>(vec![0xc0, 0x91], LEFT);
    refused::<String>(vec![0xa1, b'x', 0xff], LEFT);
    refused::<Vec<u8>>(vec![0x90, 0x00], LEFT);
}

#[test]
fn a_cut_message_says_so() {
    let whole = MsgpCodec.encode(&(7_u32, "seven", [1.5_f64; 3])).unwrap();
    for len in 0..whole.len() {
        refused::<(u32, String, [f64; 3])>(whole[..len].to_vec(), "ends inside a value");
    }
}
