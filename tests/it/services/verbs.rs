//! `up --detach`, `status`, `logs` and `down`, for people and as JSON.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Running, assert_gone, listening, measured, plain, port, python, shop, until};
use crate::support::DEADLINE;

#[test]
fn services_that_are_left_running_until_down() {
    let wished = port();
    let mut web = listening("PORT_WEB", wished, &["db"]);
    web["about"] = "the web server".into();
    let sandbox = shop(json!({ "db": plain(&[]), "web": web }), json!({}));
    let none = "devshell: none of them is running; `devshell up` starts them\n";
    sandbox.run(&["status"]).success().stdout("db   idle\nweb  idle      the web server\n").stderr(none);
    sandbox.run(&["logs"]).success().stdout("").stderr("");
    sandbox
        .run(&["up", "--detach"])
        .success()
        .stdout("")
        .stderr("devshell: the services are ready; `devshell down` stops them\n");
    // Its own process has ended; another one has them.
    let status = sandbox.run(&["status"]);
    status.success().stderr("");
    let lines: Vec<String> = status.text().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("db   ready  0 s"), "{status}");
    assert_eq!(lines[1].trim_end(), format!("web  ready  0 s  PORT_WEB={wished}  the web server"), "{status}");
    sandbox.run(&["logs"]).success().stdout("db  | on\n").stderr("");
    sandbox.run(&["up", "-d"]).success().stdout("").stderr_contains("the services run already");
    sandbox.run(&["down", "db"]).success().stderr("devshell: they have stopped\n");
    assert_gone(&sandbox, Instant::now());
    sandbox.run(&["status"]).success().stdout_contains("idle").stderr(none);
    sandbox.run(&["logs", "db"]).success().stdout("db | on\ndb | over\n");
    sandbox.run(&["down"]).success().stderr("devshell: no service of this project is running\n");
}

#[test]
fn each_line_of_json_is_an_object() {
    let wished = port();
    let services = json!({ "db": plain(&[]), "web": listening("PORT_WEB", wished, &["db"]) });
    let sandbox = shop(services, json!({}));
    let idle = sandbox.run(&["status", "--json"]).success().json();
    let of_idle = |name: &str| json!({ "service": name, "phase": "idle", "seconds": 0.0, "restarts": 0, "ports": {} });
    assert_eq!(idle, json!({ "running": false, "services": [of_idle("db"), of_idle("web")] }));
    let mut up = Running::up(&sandbox, &["--json"]);
    up.wait_for_count("\"ready\"", 2);
    let status = sandbox.run(&["status", "--json"]).success().json();
    let web = &status["services"][1];
    assert_eq!((&status["running"], &web["phase"]), (&json!(true), &json!("ready")));
    assert_eq!(web["ports"], json!({ "PORT_WEB": wished }));
    assert!(web["ready_after"].as_f64().unwrap() > 0.0 && web["seconds"].is_f64(), "{status}");
    assert!(web.get("reason").is_none() && web.get("last_lines").is_none(), "{status}");
    let ended = up.stop();
    ended.code(0).errors("");
    let objects: Vec<Value> = ended.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = objects.iter().map(|one| match &one["line"] {
        Value::String(line) => format!("{}: {line}", one["service"]),
        _ => format!("{} {}", one["service"], one["phase"]),
    });
    let shown: Vec<String> = shown.map(|line| line.replace('"', "")).collect();
    let of = |name: &str| shown.iter().filter(|line| line.starts_with(name)).map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("web"), ["web waiting", "web starting", "web ready", "web stopping", "web stopped"]);
    let db = of("db").into_iter().filter(|line| !line.starts_with("db:")).collect::<Vec<_>>();
    // Nothing is to be said about the moment in which it is about to start.
    let db: Vec<&str> = db.into_iter().filter(|line| *line != "db waiting").collect();
    assert_eq!(db, ["db starting", "db ready", "db stopping", "db stopped"]);
    assert!(shown.contains(&"db: on".to_owned()) && shown.contains(&"db: over".to_owned()), "{shown:?}");
}

#[test]
fn one_that_fails_says_so_in_json() {
    let sandbox = shop(json!({ "db": { "run": "echo why; exit 1", "ready": { "line": "x" } } }), json!({}));
    let ended = Running::up(&sandbox, &["--json"]).end();
    let objects: Vec<Value> = ended.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = objects.last().unwrap();
    assert_eq!((&last["phase"], &last["last_lines"]), (&json!("failed"), &json!(["why"])), "{last}");
    assert_eq!(last["reason"], "it ended before it was ready, with exit status 1");
    ended.code(1).errors("devshell: `db` is not ready: it ended before it was ready, with exit status 1\n  db | why\n");
}

/// What is so while they start and stop.
#[test]
fn status_while_something_happens() {
    let run = "trap 'while ! test -e stop; do sleep 0.01; done; exit 0' TERM; while ! test -e go; do sleep 0.01; done; echo on; sleep 1000 & wait";
    let services = json!({
        "db": { "run": run, "ready": { "line": "on" }, "prepare": "while ! test -e prepared; do sleep 0.01; done" },
        "web": plain(&["db"]),
    });
    let sandbox = shop(services, json!({}));
    let up = Running::up(&sandbox, &[]);
    let phases = || {
        let status = sandbox.run(&["status", "--json"]).success().json();
        [0, 1].map(|index| status["services"][index]["phase"].as_str().unwrap().to_owned())
    };
    until("it prepares", DEADLINE, || phases() == ["preparing", "waiting"]);
    sandbox.write("prepared", "");
    until("it starts", DEADLINE, || phases() == ["starting", "waiting"]);
    sandbox.write("go", "");
    until("both are ready", DEADLINE, || phases() == ["ready", "ready"]);
    up.signal(rustix::process::Signal::INT);
    until("it stops", DEADLINE, || phases() == ["stopping", "stopped"]);
    sandbox.write("stop", "");
    up.end().code(0);
}

/// How soon it is noticed that a service is ready, after it is.
#[test]
fn ready_is_noticed_soon() {
    let number = port();
    let python = python();
    let noting = |bind: &str| {
        let script = format!(
            "import os, signal, socket, time; time.sleep(0.2); {bind}; at = time.time(); open(\"at.new\", \"w\").write(str(at)); os.rename(\"at.new\", \"at\"); signal.pause()"
        );
        format!("exec {python} -ISc '{script}'")
    };
    let bind = format!("s = socket.create_server((\"127.0.0.1\", {number}))");
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    for (run, ready) in [
        (noting(&bind), json!({ "port": number })),
        (noting("s = socket.socket(socket.AF_UNIX); s.bind(\"sock\"); s.listen()"), json!({ "socket": "sock" })),
        (noting("open(\"there\", \"w\").close()"), json!("test -e there")),
        (noting("os.write(1, b\"on\\n\")"), json!({ "line": "on" })),
    ] {
        let sandbox = shop(json!({}), json!({}));
        let ready = match ready["socket"].as_str() {
            Some(_) => json!({ "socket": sandbox.project().join("sock") }),
            None => ready,
        };
        super::furnish(&sandbox, json!({ "it": { "run": run, "ready": ready } }), json!({}));
        let mut delays: Vec<f64> = (0..10)
            .map(|_| {
                for file in ["sock", "there", "at"] {
                    sandbox.remove(file);
                }
                let mut up = Running::up(&sandbox, &[]);
                up.wait_for(" is ready after ");
                let seen = now();
                until("it is noted", DEADLINE, || sandbox.project().join("at").exists());
                up.stop().code(0);
                seen - sandbox.read("at").parse::<f64>().unwrap()
            })
            .collect();
        delays.sort_by(f64::total_cmp);
        measured(&format!("{ready}: seen {:.1} ms after it was ready (median of 10)", 1000.0 * delays[5]));
        assert!(delays[5] < 0.1, "{ready}: {delays:?}");
    }
}
