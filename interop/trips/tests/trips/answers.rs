//! Every kind of argument and result, and every type of error a method can have.

use crate::mount::on_each_runtime;
use orb::prelude::AsyncRuntime;
use published::Serve;
use values::{BTreeMap, ByteBuf, Calls, Errno, Fault, Point, Refusal, Shape};

fn point() -> Point {
    Point { x: 1, y: -2, name: "héllo".into(), tag: None }
}

fn shapes() -> [Shape; 3] {
    [Shape::Circle(1.5), Shape::Rect { w: 1, h: 70_000 }, Shape::Tagged(i64::MIN, 'ß')]
}

async fn every_value(client: impl Calls) {
    assert_eq!(client.add((10, 20)).await, Ok(30));
    assert_eq!(client.div((7, 2)).await, Ok(3));
    assert_eq!(client.errno(21).await, Ok(42));
    assert_eq!(client.unit(()).await, Ok(()));

    let tagged = Point { tag: Some(255), x: u32::MAX, y: i32::MIN, ..point() };
    for point in [point(), tagged] {
        assert_eq!(client.point(point.clone()).await, Ok(point));
    }
    for shape in shapes() {
        assert_eq!(client.shape(shape.clone()).await, Ok(shape));
    }
    for text in [None, Some(String::new()), Some("text".to_string())] {
        assert_eq!(client.option(text.clone()).await, Ok(text));
    }
    for tuple in [(0, String::new(), None), (u64::MAX, "ü".into(), Some(7))] {
        assert_eq!(client.tuple(tuple.clone()).await, Ok(tuple));
    }
    let map = BTreeMap::from([("all".to_string(), shapes().to_vec()), ("none".into(), vec![])]);
    assert_eq!(client.map(map.clone()).await, Ok(map));

    // Empty, short, and longer than any buffer on the way.
    for len in [0u32, 1, 4, 255, 256, 65_536, 1 << 20] {
        let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        let buf = ByteBuf::from(bytes.clone());
        assert_eq!(client.bytes(buf.clone()).await, Ok(buf), "{len} bytes");
        assert_eq!(client.array(bytes.clone()).await, Ok(bytes), "an array of {len}");
    }
}

async fn every_error(client: impl Calls) {
    assert_eq!(client.add((999, 2)).await, Err(Fault::User(())));
    assert_eq!(client.div((7, 0)).await, Err(Fault::User("division by zero".into())));
    assert_eq!(client.errno(-1).await, Err(Fault::User(Errno::EINVAL)));
    let long = Point { name: "x".repeat(40), ..point() };
    assert_eq!(client.point(long).await, Err(Fault::User(70_000)));
    assert_eq!(client.shape(Shape::Empty).await, Err(Fault::User(12)));
    assert_eq!(client.option(Some("empty".into())).await, Err(Fault::User(String::new())));

    assert_eq!(client.fail_unit(()).await, Err(Fault::User(())));
    assert_eq!(client.fail_i8(i8::MAX).await, Err(Fault::User(i8::MAX)));
    assert_eq!(client.fail_u8(u8::MAX).await, Err(Fault::User(u8::MAX)));
    assert_eq!(client.fail_i16(i16::MAX).await, Err(Fault::User(i16::MAX)));
    assert_eq!(client.fail_u16(u16::MAX).await, Err(Fault::User(u16::MAX)));
    // A published client reserves as many bytes as the number says, so larger numbers are not sent.
    assert_eq!(client.fail_i32(1 << 20).await, Err(Fault::User(1 << 20)));
    for number in [0, 255, 256, 70_000, 0x00c0_ffee] {
        assert_eq!(client.fail_u32(number).await, Err(Fault::User(number)));
    }
    // A text that only begins as a framework error does is a user's, and so is one of the longest.
    for text in ["ü".to_string(), "rpc".into(), "rpc_timeouts".into(), "x".repeat(4096)] {
        assert_eq!(client.fail_text(text.clone()).await, Err(Fault::User(text)));
    }
    for refusal in [Refusal::Closed, Refusal::TooLong { limit: u32::MAX }] {
        assert_eq!(client.fail_encoded(refusal.clone()).await, Err(Fault::User(refusal)));
    }
    assert_eq!(client.add((1, 2)).await, Ok(3), "the connection is as good as before");
}

async fn published_client_gets_every_value<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    every_value(published::Client::<RT>::connect(&addr)).await;
}

async fn published_client_gets_every_error<RT: AsyncRuntime>() {
    let (_server, addr) = ours::serve::<RT>().await;
    every_error(published::Client::<RT>::connect(&addr)).await;
}

async fn published_server_answers_every_value<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    every_value(ours::Client::connect::<RT>(&addr)).await;
}

async fn published_server_answers_every_error<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    let client = ours::Client::connect::<RT>(&addr);
    every_error(client.clone()).await;

    // A published client cannot decode numbers over 2^31 - 1, and so no negative numbers.
    assert_eq!(client.fail_i32(i32::MAX).await, Err(Fault::User(i32::MAX)));
    assert_eq!(client.fail_i8(-1).await, Err(Fault::User(-1)));
    assert_eq!(client.fail_i16(i16::MIN).await, Err(Fault::User(i16::MIN)));
    assert_eq!(client.fail_i32(i32::MIN).await, Err(Fault::User(i32::MIN)));
    assert_eq!(client.fail_u32(u32::MAX).await, Err(Fault::User(u32::MAX)));
    assert_eq!(client.add((1, 2)).await, Ok(3));
}

on_each_runtime! {
    published_client_gets_every_value
    published_client_gets_every_error
    published_server_answers_every_value
    published_server_answers_every_error
}
