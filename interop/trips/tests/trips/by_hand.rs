//! `razor-call` calls a server of the published crates: what JSON says is what their types decode.
//!
//! Knows the program by the variable `RAZOR_CALL`, which `run.sh` sets. Does not know how it makes a message.

use crate::mount::on_each_runtime;
use published::Serve;
use std::process::Command;

/// Exit code, standard output, standard error.
fn called(addr: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let program = std::env::var_os("RAZOR_CALL").expect("run.sh says where the program is");
    let output = Command::new(program).arg(addr).args(args).output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

async fn published_server_is_called_by_hand<RT: Serve>() {
    let (_server, addr) = RT::serve().await;
    for (method, argument, result) in [
        ("add", "[1, 2]", "3"),
        ("option", "null", "null"),
        ("option", "\"x\"", "\"x\""),
        ("tuple", "[18446744073709551615, \"x\", null]", "[18446744073709551615,\"x\",null]"),
        ("bytes", "[1, 255]", "[1,255]"),
        ("array", "[1, 255]", "[1,255]"),
        ("map", "{\"a\": []}", "{\"a\":[]}"),
    ] {
        let (code, out, err) = called(&addr, &[&format!("Cases.{method}"), argument]);
        assert_eq!((code, &*out, &*err), (Some(0), &*format!("{result}\n"), ""), "{method}");
    }
    let unit = called(&addr, &["Cases.unit"]);
    assert_eq!(unit, (Some(0), "null\n".into(), String::new()));

    for (args, code, said) in [
        (["Cases.div", "[1, 0]"], 1, "error \"division by zero\""),
        (["Cases.fail_i8", "-3"], 1, "error 4294967293 (or -3)"),
        // Their servers do not say whether a handler saw the request.
        (["Cases.missing", "null"], 5, "no such method"),
        (["Cases.add", "\"1 + 2\""], 5, "does not decode"),
    ] {
        let (found, out, err) = called(&addr, &args);
        assert_eq!((found, &*out, err.lines().count()), (Some(code), "", 1), "{args:?}: {err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

on_each_runtime! {
    published_server_is_called_by_hand
}
