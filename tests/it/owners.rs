//! Whose devshell's own directories are: no ordinary user of a machine gets at what another one runs,
//! whatever the umask, and root behind `sudo` leaves nothing of root's in the user's home.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::support::{Index, Registry, Sandbox, User, brought, package, tool, tree, two_users, wheel};

const DATA: &str = ".local/share/devshell";
const CACHE: &str = ".cache/devshell";
const STATE: &str = ".local/state/devshell";

/// A locked project with one tool, which everyone may read.
fn shop(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "22.3.0"));
    let sandbox = Sandbox::new().with_registry(registry);
    sandbox.manifest(r#"{ "name": "shop", "tools": { "node": "22" }, "env": { "COLOUR": "green" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox
}

fn chown(path: &Path, uid: u32) {
    std::os::unix::fs::chown(path, Some(uid), None).unwrap();
}

fn only(directory: &Path) -> PathBuf {
    let mut paths: Vec<PathBuf> = fs_err::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths.remove(0)
}

/// What below a home this user could write, however deep.
fn writable(user: &User, home: &Path) -> String {
    let script = format!("find '{}' ! -type l -writable 2>/dev/null; true", home.display());
    user.sh("022", &script).run().success().text()
}

#[test]
fn whatever_the_umask_nobody_else_can_write_what_is_run() {
    // What the other user can do: list a directory or read a file, put something into it.
    let expected = [
        (DATA, "755", "list"),
        (".local/share/devshell/.lock", "600", ""),
        (".local/share/devshell/objects-1", "755", "list"),
        (".local/share/devshell/links-1", "755", "list"),
        (".local/share/devshell/roots", "755", "list"),
        (CACHE, "700", ""),
        (".cache/devshell/environments-1", "700", ""),
        (".cache/devshell/prompts-1", "700", ""),
        (STATE, "700", ""),
        (".local/state/devshell/approvals-1", "700", ""),
    ];
    for umask in ["000", "002", "077"] {
        let registry = Registry::new();
        let sandbox = shop(&registry);
        let Some([alice, bob]) = two_users(&sandbox, "owners::whatever_the_umask") else { return };
        // What is run has the umask of whoever runs it, at the first entry and at all others.
        let run = r#""$0" -q run -- sh -c 'node --version; umask'"#;
        let script = format!(r#"{run} && {run} && "$0" -q allow >/dev/null && "$0" on-prompt bash x >/dev/null"#);
        alice.sh(umask, &script).run().success().stdout(&format!("v22.3.0\n0{umask}\n").repeat(2));
        for (path, mode, may) in expected {
            let place = alice.home.join(path);
            assert_eq!(format!("{:o}", fs_err::metadata(&place).unwrap().mode() & 0o7777), mode, "{umask} {path}");
            let script = "if [ -d \"$1\" ]; then ls \"$1\" >&2 && echo list; touch \"$1/x\" && echo write
                else cat \"$1\" && echo read; (echo >>\"$1\") && echo write; fi; true";
            let outcome = bob.sh("022", script).arg(&place).run();
            assert_eq!(outcome.success().text().trim_end(), may, "{umask} {path}: {outcome}");
        }
        assert_eq!(writable(&bob, &alice.home), "", "umask {umask}");
        // It is no secret, however strict alice is with her own files: a store can be shared.
        let script = format!("cat '{}'/objects-1/*/package.json", alice.home.join(DATA).display());
        bob.sh("022", &script).run().success().stdout_contains("22.3.0");
        alice.sh(umask, r#""$0" -q verify && "$0" -q run node --version"#).run().success().stdout("v22.3.0\n");
    }
}

#[test]
fn pythons_and_their_environments_are_written_by_nobody_else_after_they_were_used() {
    let (server, index) = (
        Registry::new(),
        Index::with([wheel("alpha", "1.0")
            .module("alpha/__init__.py", "from . import more\n")
            .module("alpha/more.py", "print('alpha')\n")]),
    );
    let sandbox = Sandbox::new().with_index(&index).with_python();
    let Some([alice, bob]) = two_users(&sandbox, "owners::pythons_and_their_environments") else { return };
    let version = &brought().version;
    sandbox.manifest(format!(r#"{{ "python": {{ "version": "={version}", "requirements": ["requirements.txt"] }} }}"#));
    sandbox.write("requirements.txt", "alpha\n");
    brought().offer(&server, None);
    let list = format!("{}pythons.json", server.url());
    sandbox.devshell(&["lock"]).env("UV_PYTHON_DOWNLOADS_JSON_URL", &list).run().success();
    // uv, and Python when it keeps bytecode, inherit the umask.
    let run = r#""$0" -q run python -c 'import alpha, json.tool'"#;
    let run = alice.sh("000", run).env("UV_PYTHON_DOWNLOADS_JSON_URL", &list).run();
    run.success().stdout("alpha\n");
    let find = format!("find '{}' -name '*.pyc'", alice.home.join(DATA).display());
    let bytecode = alice.sh("000", &find).run().success().text();
    for module in ["/builds-1/", "/alpha/__pycache__/more.", "/pythons-1/", "/json/__pycache__/tool."] {
        assert!(bytecode.contains(module), "{module}: {bytecode}");
    }
    assert_eq!(writable(&bob, &alice.home), "");
}

/// A place for devshell's directories, the shell commands that make it, and what is said of it: nothing
/// where it is good.
const PLACES: &[(&str, &str, &str)] = &[
    ("of-another/ds", "mkdir -p of-another/ds; chown $BOB of-another/ds", "`[ROOT]/of-another/ds` belongs to another user (uid 60002)"),
    (
        "below-open/a/ds",
        "mkdir -p below-open/a/ds; chmod 777 below-open; chown -R $ALICE below-open/a",
        "`[ROOT]/below-open` can be written by other users",
    ),
    ("not-there/ds", "mkdir -m 777 not-there", "`[ROOT]/not-there` can be written by other users"),
    // Like /tmp, but bob's: in there, he may rename what is alice's.
    (
        "his-tmp/ds",
        "mkdir -p his-tmp/ds; chmod 1777 his-tmp; chown $ALICE his-tmp/ds; chown $BOB his-tmp",
        "`[ROOT]/his-tmp` belongs to another user (uid 60002)",
    ),
    (
        "his-link/ds",
        "mkdir -m 1777 his-link; mkdir hers; chown $ALICE hers; ln -s ../hers his-link/ds; chown -h $BOB his-link/ds",
        "`[ROOT]/his-link/ds` belongs to another user (uid 60002)",
    ),
    (
        "link-through/ds",
        "mkdir -p open/in; chmod 777 open; chown $ALICE open/in; mkdir link-through; ln -s ../open/in link-through/ds",
        "`[ROOT]/open` can be written by other users",
    ),
    (
        "group/ds",
        "mkdir -p group/ds/data; chown -R $ALICE:60000 group/ds; chmod 775 group/ds/data",
        "`[ROOT]/group/ds/data` can be written by other users",
    ),
    (
        "sticky/ds",
        "mkdir -p sticky/ds/cache; chown -R $ALICE sticky/ds; chmod 1777 sticky/ds/cache",
        "`[ROOT]/sticky/ds/cache` can be written by other users",
    ),
    (
        "objects/ds",
        "mkdir -p objects/ds/data/objects-1; chown -R $ALICE objects/ds; chown $BOB objects/ds/data/objects-1",
        "`[ROOT]/objects/ds/data/objects-1` belongs to another user (uid 60002)",
    ),
    (
        "roots/ds",
        "mkdir -p roots/ds/data/roots; chown -R $ALICE roots/ds; chmod 757 roots/ds/data/roots",
        "`[ROOT]/roots/ds/data/roots` can be written by other users",
    ),
    (
        "environments/ds",
        "mkdir -p environments/ds/cache/environments-1; chown -R $ALICE environments/ds; chown $BOB environments/ds/cache/*",
        "`[ROOT]/environments/ds/cache/environments-1` belongs to another user (uid 60002)",
    ),
    (
        "approvals/ds",
        "mkdir -p approvals/ds/state/approvals-1; chown -R $ALICE approvals/ds; chmod 777 approvals/ds/state/*",
        "`[ROOT]/approvals/ds/state/approvals-1` can be written by other users",
    ),
    (
        "linked-out/ds",
        "mkdir -p linked-out/ds/data elsewhere; chown -R $ALICE linked-out/ds; ln -s ../../../elsewhere linked-out/ds/data/objects-1;
         chown -h $ALICE linked-out/ds/data/objects-1; chown $BOB elsewhere",
        "`[ROOT]/elsewhere` belongs to another user (uid 60002)",
    ),
    // What is good: a sticky directory of root's, a private group, a link of root's.
    ("tmp-like/ds", "mkdir -m 1777 tmp-like", ""),
    ("private/ds", "mkdir -p private/ds; chown -R $ALICE:$ALICE private/ds; chmod 775 private/ds", ""),
    ("roots-link/ds", "mkdir -p roots-link good/ds; chown $ALICE good/ds; ln -s ../good/ds roots-link/ds", ""),
];

#[test]
fn a_store_that_another_user_could_have_changed_is_refused() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "owners::a_store_that_another_user") else { return };
    for (place, script, said) in PLACES {
        let run = sandbox.program("sh", &["-ec", script]).directory(sandbox.root());
        let host = std::env::var_os("PATH").unwrap();
        let ids = [("ALICE", alice.uid.to_string()), ("BOB", bob.uid.to_string())];
        run.env("PATH", host).envs(ids).run().success();
        let place = sandbox.root().join(place);
        let before = tree(place.parent().unwrap());
        let run = |script: &str| alice.sh("022", script).env("DEVSHELL_HOME", &place);
        let outcome = run(r#""$0" -q run node --version"#).run();
        if said.is_empty() {
            outcome.success().stdout("v22.3.0\n");
            continue;
        }
        outcome
            .code(125)
            .stdout("")
            .stderr_contains(&format!("devshell: {said}, and devshell would run what is in it\n"));
        outcome.stderr_contains("export DEVSHELL_SAFE_DIRECTORY=");
        for verb in ["install", "lock", "gc --yes", "list", "allow", "verify", "state path", "search x", "run true"] {
            run(&format!("\"$0\" {verb}")).run().code(125).stderr_contains(said);
        }
        // An empty entry, or a relative one, is no path of anything.
        for list in ["", ":", "relative:", "/nowhere"] {
            run(r#""$0" run true"#).env("DEVSHELL_SAFE_DIRECTORY", list).run().code(125);
        }
        assert_eq!(tree(place.parent().unwrap()), before, "nothing is made: {place:?}");
        run(r#""$0" --offline doctor"#).run().code(1).stdout_contains(said);
    }
    // What is said lets it in.
    let place = sandbox.root().join("group/ds");
    let run = alice.sh("022", r#""$0" -q run node --version && "$0" run node --version"#).env("DEVSHELL_HOME", &place);
    run.env("DEVSHELL_SAFE_DIRECTORY", &place).run().success().stdout("v22.3.0\nv22.3.0\n").stderr("");
    let script =
        format!("chmod -R go-w '{0}/data' && \"$0\" verify --repair && \"$0\" -q run node --version", place.display());
    alice.sh("022", &script).env("DEVSHELL_HOME", &place).run().success().stdout("v22.3.0\n");
}

#[test]
fn what_another_user_put_into_the_store_before_is_not_run() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "owners::what_another_user_put") else { return };
    let run = || alice.sh("022", r#""$0" run node --version"#).run();
    run().success();
    let object = || {
        let entries = fs_err::read_dir(alice.home.join(DATA).join("objects-1")).unwrap();
        entries.map(|entry| entry.unwrap().path()).find(|path| path.join("bin/node").exists()).unwrap()
    };
    // As after the directories were open to everyone for a while.
    chown(&object(), bob.uid);
    let outcome = run();
    outcome.code(125).stdout("").stderr_contains("objects-1/[KEY]` belongs to another user (uid 60002), and devshell");
    outcome.stderr_contains("\nhint: `devshell verify --repair` replaces it; or, if you trust its owner, `export ");
    let verify = |options: &str| alice.sh("022", &format!("\"$0\" verify {options}")).run();
    verify("").code(1).stdout_contains("  another user's .\n");
    // Its directory is alice's, so she can take it out; what it is made of she may not delete.
    verify("--repair").success();
    run().success().stdout("v22.3.0\n");
    verify("").success();
}

#[test]
fn an_environment_of_another_user_is_not_entered() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "owners::an_environment_of_another") else { return };
    let colour = || alice.sh("022", r#""$0" run -- sh -c 'echo $COLOUR'"#).run().success().text();
    assert_eq!(colour(), "green\n");
    let environment = only(&alice.home.join(CACHE).join("environments-1"));
    let forge = || {
        let bytes = fs_err::read(&environment).unwrap();
        let at = bytes.windows(5).position(|part| part == b"green").unwrap();
        fs_err::write(&environment, [&bytes[..at], b"black", &bytes[at + 5..]].concat()).unwrap();
    };
    // Her own word counts, so the forgery is one.
    forge();
    assert_eq!(colour(), "black\n");
    chown(&environment, bob.uid);
    fs_err::set_permissions(&environment, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(colour(), "green\n");
    assert_eq!(fs_err::metadata(&environment).unwrap().uid(), alice.uid, "composed once more");
    forge();
    fs_err::set_permissions(&environment, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    assert_eq!(colour(), "green\n");
}

#[test]
fn an_approval_of_another_user_or_project_is_none() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "owners::an_approval_of_another") else { return };
    let other = sandbox.root().join("other");
    for file in ["devshell.json", "devshell.lock"] {
        sandbox.write(other.join(file), sandbox.read(file));
    }
    let diff = |directory: &Path| alice.sh("022", r#""$0" allow --diff"#).directory(directory).run();
    let allow = |directory: &Path| alice.sh("022", r#""$0" allow"#).directory(directory).run();
    let approvals = alice.home.join(STATE).join("approvals-1");
    allow(&other).success();
    let of_other = only(&approvals);
    diff(&other).success();
    // Hers, of a project with the same files, is about that one.
    fs_err::remove_file(&of_other).unwrap();
    allow(sandbox.project()).success();
    let of_shop = only(&approvals);
    alice.sh("022", &format!("cp '{}' '{}'", of_shop.display(), of_other.display())).run().success();
    diff(sandbox.project()).success();
    diff(&other).code(1);
    // Another user's is none, whatever it is about.
    chown(&of_shop, bob.uid);
    fs_err::set_permissions(&of_shop, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    diff(sandbox.project()).code(1);
    allow(sandbox.project()).success();
    diff(sandbox.project()).success();
}

#[test]
fn a_lock_is_its_owners_and_waiting_is_said() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "owners::a_lock_is_its_owners") else { return };
    alice.sh("000", r#""$0" -q run true"#).run().success();
    let lock = alice.home.join(DATA).join(".lock");
    let open = format!("exec 9<'{}'", lock.display());
    // As earlier versions made it.
    fs_err::set_permissions(&lock, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    bob.sh("022", &open).run().success();
    let object = fs_err::read_dir(lock.with_file_name("objects-1")).unwrap().map(|entry| entry.unwrap().path());
    let object = object.into_iter().find(|path| path.join("bin/node").exists()).unwrap();
    let of_object = object.with_file_name(format!(".lock-{}", object.file_name().unwrap().to_str().unwrap()));
    for (held, gone, work) in [(&lock, alice.home.join(CACHE), "deleting"), (&of_object, object, "installing")] {
        let holder = fs_err::File::open(held).unwrap();
        holder.file().lock().unwrap();
        sandbox.remove(gone);
        sandbox.remove(alice.home.join(CACHE));
        let mut waiting = alice.sh("022", r#""$0" run node --version"#).spawn();
        let (mut said, mut errors) = (String::new(), BufReader::new(waiting.stderr.take().unwrap()));
        while !said.contains("waiting") {
            assert!(errors.read_line(&mut said).unwrap() > 0, "{said}");
        }
        let pid = std::process::id();
        assert!(said.ends_with(&format!("waiting for another devshell (pid {pid}) to finish {work}\n")), "{said}");
        drop(holder);
        let mut rest = String::new();
        errors.read_to_string(&mut rest).unwrap();
        assert!(waiting.wait().unwrap().success(), "{rest}");
        bob.sh("022", &open).run().code(2);
    }
    for path in [&lock, &of_object] {
        assert_eq!(fs_err::metadata(path).unwrap().mode() & 0o777, 0o600, "{path:?}");
    }
}

#[test]
fn root_behind_sudo_leaves_nothing_in_the_users_home() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, _]) = two_users(&sandbox, "owners::root_behind_sudo") else { return };
    let sudo = |arguments: &[&str], home: &Path| {
        sandbox.devshell(arguments).env("HOME", home).env("SUDO_UID", alice.uid.to_string()).run()
    };
    let said = format!(
        "devshell: devshell runs as root through `sudo`, and `[ROOT]/alice` belongs to uid {}\n\
         hint: run devshell without `sudo`, or with root's own home: `sudo -H devshell …`\n",
        alice.uid
    );
    let before = tree(&alice.home);
    for verb in [&["run", "true"][..], &["install"], &["allow"], &["gc", "--yes"], &["enter", "--", "true"], &["env"]] {
        sudo(verb, &alice.home).code(125).stdout("").stderr(&said);
    }
    sudo(&["on-prompt", "bash", "x"], &alice.home).code(125);
    sudo(&["--offline", "doctor"], &alice.home).code(1).stdout_contains("devshell runs as root through `sudo`");
    // A shell of root's that merely goes about is not told at every step.
    let nowhere = sandbox.devshell(&["on-prompt", "bash", "x"]).directory("/").env("HOME", &alice.home);
    nowhere.env("SUDO_UID", alice.uid.to_string()).run().success().stdout("").stderr("");
    assert_eq!(tree(&alice.home), before);
    // A known environment is refused as well, where its use would be noted.
    alice.sh("022", r#""$0" -q run true"#).run().success();
    sudo(&["run", "true"], &alice.home).code(125);
    // With root's own home, and without sudo, all is as it was.
    sudo(&["run", "node", "--version"], sandbox.home()).success().stdout("v22.3.0\n");
    sandbox.run(&["run", "node", "--version"]).success();
}

#[test]
fn a_store_of_roots_serves_everyone() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, _]) = two_users(&sandbox, "owners::a_store_of_roots") else { return };
    let place = sandbox.root().join("opt");
    let install = || sandbox.program("sh", &["-c", "umask 077; \"$0\" -q run node --version"]);
    install().arg(sandbox.root().join("devshell")).env("DEVSHELL_HOME", &place).run().success();
    let before = tree(&place);
    let script = r#""$0" run node --version && "$0" run node --version && "$0" -q verify && "$0" -q install"#;
    let run = alice.sh("022", script).env("DEVSHELL_HOME", &place).run();
    run.success().stdout("v22.3.0\nv22.3.0\n");
    assert_eq!(tree(&place), before);
    // With a cache and a state of her own, it is entered as any other.
    let share = sandbox.root().join("share");
    install().arg(sandbox.root().join("devshell")).env("XDG_DATA_HOME", &share).run().success();
    let shared = alice.sh("022", &format!("{script} && \"$0\" run -- sh -c 'test -d \"$DEVSHELL_STATE\"'"));
    shared.env("XDG_DATA_HOME", &share).run().success();
    assert!(alice.home.join(CACHE).is_dir() && alice.home.join(STATE).is_dir());
}

/// As in a container image: root installs, and a job runs as another user, who can write neither the store nor the
/// project. What `install` leaves to the first entry is what such a user cannot make.
#[test]
fn what_root_installs_another_user_enters_from_a_store_that_only_root_can_write() {
    let registry = Registry::new();
    registry.publish([package("hello", "1.0.0").bin("hello", "hello.js").file("hello.js", "echo hello\n")]);
    let sandbox = shop(&registry);
    let Some([alice, _]) = two_users(&sandbox, "owners::what_root_installs") else { return };
    sandbox.manifest(r#"{ "tools": { "node": "22", "npm:hello": "1", "host:cat": "*" } }"#);
    let home = sandbox.root().join("image");
    let devshell = sandbox.root().join("devshell");
    let root = |arguments: &[&str]| sandbox.program(&devshell, arguments).env("DEVSHELL_HOME", &home).run();
    root(&["lock"]).success();
    root(&["install"]).success();
    let before: Vec<String> = tree(&home).into_keys().collect();
    registry.forget_requests();
    let run = r#""$0" run -- sh -c 'hello && node --version && echo x | cat'"#;
    let run = alice.sh("022", run).env("DEVSHELL_HOME", &home).run();
    run.success().stdout("hello\nv22.3.0\nx\n").stderr("");
    assert_eq!(tree(&home).into_keys().collect::<Vec<_>>(), before);
    assert_eq!(registry.requests(), [""; 0]);
}

#[test]
fn what_root_writes_into_another_users_repository_keeps_its_owner() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, bob]) = two_users(&sandbox, "owners::what_root_writes") else { return };
    let owner = |name: &str| fs_err::metadata(sandbox.project().join(name)).unwrap().uid();
    // A container's root in a directory of alice's, with a manifest that bob has written.
    for (name, uid) in [(".", alice.uid), ("devshell.json", bob.uid), ("devshell.lock", alice.uid)] {
        chown(&sandbox.project().join(name), uid);
    }
    let run = |arguments: &[&str]| {
        sandbox.devshell(arguments).env("DEVSHELL_SAFE_DIRECTORY", sandbox.project()).run().success();
    };
    run(&["add", "host:sh"]);
    assert_eq!((owner("devshell.json"), owner("devshell.lock")), (bob.uid, alice.uid));
    // A new file is the directory's owner's.
    sandbox.remove("devshell.lock");
    run(&["lock"]);
    assert_eq!(owner("devshell.lock"), alice.uid);
    for file in ["devshell.json", "devshell.lock"] {
        sandbox.remove(file);
    }
    run(&["init"]);
    assert_eq!(owner("devshell.json"), alice.uid);
    alice.sh("022", r#""$0" add host:cat && "$0" run true"#).run().success();
}

#[test]
fn what_is_roots_in_a_users_home_is_named_with_the_command_that_gives_it_back() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, _]) = two_users(&sandbox, "owners::what_is_roots_in_a_users_home") else { return };
    let run = || alice.sh("022", r#""$0" run true"#).run();
    // As one command with `sudo` leaves it, or a container whose home directory this is: at any height. Without a
    // state of its own a project runs, as in a store that is shared.
    for (of_root, runs) in
        [(".local", false), (".local/share", false), (DATA, false), (".local/state", true), (STATE, true)]
    {
        for directory in [".local", ".cache"] {
            sandbox.remove(alice.home.join(directory));
        }
        alice.sh("022", &format!("mkdir -p {0}/{DATA} {0}/{STATE}", alice.home.display())).run().success();
        chown_all(&alice.home.join(of_root), 0);
        let path = format!("[ROOT]/alice/{of_root}");
        let give = format!("`sudo chown -R 60001:60000 {path}` gives it back to you");
        let outcome = run();
        assert_eq!(outcome.ended_well(), runs, "{of_root}: {outcome}");
        if !runs {
            let hint = format!("\nhint: `{path}` belongs to root, perhaps since a command ran with `sudo`; {give}\n");
            outcome.code(125).stderr_contains(&hint);
        }
        alice.sh("022", r#""$0" --offline doctor"#).run().code(1).stdout_contains(&give);
        let typed = format!("chown -R 60001:60000 {}", alice.home.join(of_root).display());
        sandbox.program("sh", &["-c", &typed]).env("PATH", std::env::var_os("PATH").unwrap()).run().success();
        run().success();
        alice.sh("022", r#""$0" state path"#).run().success();
    }
    // A store of root's elsewhere is none of hers to take.
    let place = sandbox.root().join("opt");
    fs_err::create_dir(&place).unwrap();
    let refused = alice.sh("022", r#""$0" install"#).env("DEVSHELL_HOME", &place).run();
    refused.code(5).stderr_contains("hint: set DEVSHELL_HOME to a directory you can write\n");
}

#[test]
fn a_cause_that_many_have_is_printed_once() {
    let registry = Registry::new();
    let sandbox = shop(&registry);
    let Some([alice, _]) = two_users(&sandbox, "owners::a_cause_that_many_have") else { return };
    let names: Vec<String> = (1..=6).map(|number| format!("p{number}")).collect();
    registry.publish(names.iter().map(|name| package(name, "1.0.0").bin(name, "x.js").file("x.js", "echo\n")));
    let tools: Vec<String> = names.iter().map(|name| format!("\"npm:{name}\": \"1\"")).collect();
    sandbox.manifest(format!("{{ \"tools\": {{ {} }} }}", tools.join(", ")));
    sandbox.run(&["lock"]).success();
    let place = sandbox.root().join("opt");
    fs_err::create_dir(&place).unwrap();
    let outcome = alice.sh("022", r#""$0" install"#).env("DEVSHELL_HOME", &place).run();
    // Six packages, and node, which runs them.
    let errors = outcome.code(5).errors();
    let count = |text: &str| errors.matches(text).count();
    assert_eq!(count("cannot be put into the store"), 4, "{outcome}");
    outcome.stderr_contains("\ndevshell: 3 more, for the same reason\n  because ");
    assert_eq!((count("because"), count("Permission denied"), count("hint:")), (1, 1, 1), "{outcome}");
}

fn chown_all(path: &Path, uid: u32) {
    for below in tree(path).keys() {
        std::os::unix::fs::lchown(path.join(below), Some(uid), None).unwrap();
    }
    chown(path, uid);
}
