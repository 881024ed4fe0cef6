//! Ports: each checkout has its own, which are free wherever a server could listen, and the same for all commands.

use std::collections::BTreeSet;
use std::net::TcpListener;

use serde_json::json;

use super::{Running, listening, port, shop};

#[test]
fn checkouts_that_start_at_once_do_not_clash() {
    let wished = port();
    let sandbox = shop(json!({ "web": listening("PORT_WEB", wished, &[]) }), json!({}));
    let places = ["one", "two", "three"].map(|name| sandbox.home().join(name));
    for place in &places {
        for file in ["devshell.json", "listen.py"] {
            sandbox.write(place.join(file), sandbox.read(file));
        }
    }
    for _ in 0..3 {
        let start = |place| Running::start(sandbox.devshell(&["up"]).directory(place));
        let mut ups: Vec<Running> = places.iter().map(start).collect();
        let mut ports = BTreeSet::new();
        for (up, place) in ups.iter_mut().zip(&places) {
            up.wait_for(" is ready after ");
            let shown =
                sandbox.devshell(&["run", "--", "printenv", "PORT_WEB"]).directory(place).run().success().text();
            assert!(up.text().contains(&format!(" on port {shown}")), "{shown} {}", up.text());
            ports.insert(shown);
        }
        assert_eq!(ports.len(), 3, "{ports:?}");
        for up in ups {
            up.stop().code(0);
        }
    }
}

#[test]
fn a_number_that_is_taken_is_not_given() {
    let wished = port();
    for address in ["127.0.0.1", "0.0.0.0", "[::1]", "[::]"] {
        let Ok(_taken) = TcpListener::bind(format!("{address}:{wished}")) else { continue };
        let sandbox = shop(json!({ "web": listening("PORT_WEB", wished, &[]) }), json!({}));
        let command = ["up", "--", "printenv", "PORT_WEB"];
        sandbox.run(&command).success().stdout(&format!("{}\n", wished + 1)).stderr("");
        // It was not taken when it was given.
        let _next = TcpListener::bind(format!("{address}:{}", wished + 1)).unwrap();
        sandbox.run(&command).success().stdout(&format!("{}\n", wished + 2)).stderr("");
    }
}

/// A server may choose another address than the one that its clients try first.
#[test]
fn it_is_found_at_either_address() {
    for address in ["0.0.0.0", "::1", "::"] {
        if TcpListener::bind(if address.contains(':') { "[::1]:0" } else { "127.0.0.1:0" }).is_err() {
            continue;
        }
        let wished = port();
        let mut web = listening("PORT_WEB", wished, &[]);
        web["run"] = format!("{} {address}", web["run"].as_str().unwrap()).into();
        let sandbox = shop(json!({ "web": web }), json!({}));
        sandbox.run(&["up", "--", "true"]).success();
    }
}

#[test]
fn everything_sees_the_same() {
    let wished = port();
    let services = json!({ "web": listening("PORT_WEB", wished, &[]), "api": listening("PORT_API", wished, &[]) });
    let sandbox = shop(
        services,
        json!({ "scripts": { "show": "echo $PORT_API $PORT_WEB",
        "needing": { "run": "echo $PORT_API $PORT_WEB", "needs": ["web"] } } }),
    );
    let _taken = TcpListener::bind(("127.0.0.1", wished)).unwrap();
    let mut up = Running::up(&sandbox, &[]);
    up.wait_for_count(" is ready after ", 2);
    // Whoever listens there now is one of the services.
    let expected = format!("{} {}\n", wished + 1, wished + 2);
    for words in [
        &["run", "show"][..],
        &["run", "needing"],
        &["up", "--", "sh", "-c", "echo $PORT_API $PORT_WEB"],
        &["enter", "--", "sh", "-c", "echo $PORT_API $PORT_WEB"],
        &["run", "--", "devshell", "run", "show"],
    ] {
        sandbox.run(words).success().stdout(&expected).stderr("");
    }
    let shown = sandbox.run(&["env", "--format", "json"]).success().json();
    assert!(shown.to_string().contains(&format!("\"PORT_WEB\":\"{}\"", wished + 2)), "{shown}");
    sandbox.run(&["status"]).success().stdout_contains(&format!("PORT_WEB={}", wished + 2));
    let status = sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["services"][0]["ports"], json!({ "PORT_API": wished + 1 }));
    up.stop().code(0);
}
