//! `deny`: no way leads to what is denied.

use super::{Person, people, place, registry};

/// Ways to the secrets in `.env` and `conf/keys/key`. Each prints one if it leads there.
pub const WAYS: &[&str] = &[
    "cat .env conf/keys/key conf/keys/*",
    "ln .env hard && cat hard",
    "ln -s .env soft && cat soft",
    "ln -s $PWD/conf/keys soft && cat soft/key",
    "cp -al conf copy && cat copy/keys/key",
    "cat /proc/self/root$PWD/.env /proc/self/cwd/.env /proc/1/root$PWD/.env /proc/1/cwd/.env",
    "exec 3<.; cat /proc/self/fd/3/.env",
    "mv .env moved && cat moved",
    "mv conf/keys conf/moved && cat conf/moved/key",
    "mv conf moved && cat moved/keys/key",
    "cd .. && mv shop moved && cat moved/.env",
    "rm -rf conf/keys .env; cat conf/keys/key .env",
    "chmod 644 .env conf/keys; chmod 755 conf/keys; cat .env conf/keys/key",
    "tar -cf - . | tar -xOf -",
    "grep -rh secret . ~ /tmp",
    // A second mount of the same directory.
    "unshare -Urm sh -c 'umount .env; cat .env; umount -l conf/keys; cat conf/keys/key'",
    "mkdir -p /tmp/m; unshare -Urm sh -c 'mount --bind . /tmp/m && cat /tmp/m/.env /tmp/m/conf/keys/key'",
    "mkdir -p /tmp/m; unshare -Urm sh -c 'mount --rbind . /tmp/m && umount /tmp/m/.env; cat /tmp/m/.env'",
    "cat ~/again/.env ~/again/conf/keys/key",
    "cat ~/parent/shop/.env",
];

/// Those who deny it also have other names for the project's directory.
pub fn prepare(person: &Person) {
    let tools = r#""host:mount": "*", "host:umount": "*""#;
    person.project_with(r#""deny": [".env", "conf/keys"], "read": ["~/again", "~/parent"]"#, tools);
    let script = r#"
        mkdir -p conf/keys && echo 'a secret' >.env && echo 'a secret' >conf/keys/key
        ln -s shop ~/again && ln -s "$HOME" ~/parent"#;
    person.sh(script).run().success();
}

#[test]
fn no_way_leads_to_what_is_denied() {
    let registry = registry();
    let sandbox = place(&registry);
    for person in people(&sandbox, "sandbox_work::denied::no_way_leads_to_what_is_denied") {
        prepare(&person);
        for way in WAYS {
            let outcome = person.inside(&format!("{{ {way}; }} 2>/dev/null; echo done"));
            assert!(outcome.text().ends_with("done\n") && !outcome.text().contains("a secret"), "{way}: {outcome}");
            assert_eq!([".env", "conf/keys/key"].map(|path| person.read(path)), ["a secret\n"; 2], "{way}: {outcome}");
        }
    }
}
