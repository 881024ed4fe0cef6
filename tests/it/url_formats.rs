//! The formats in which a tool may be published: each from the address to the command, and what
//! is refused in each.

use crate::support::{Archive, Registry, Sandbox, bzipped, gzipped, tree, xz, zstd};

const SCRIPT: &str = "#!/bin/sh\necho \"tool says\" \"$@\"\n";

/// A project whose only tool is one file, the same for all platforms.
fn project(registry: &Registry, file: &str, more: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_registry(registry);
    let url = format!("{}files/{file}", registry.url());
    sandbox.manifest(format!(r#"{{ "tools": {{ "url:mytool": {{ "version": "1.4.0", "url": "{url}"{more} }} }} }}"#));
    sandbox
}

fn usual() -> Archive {
    Archive::new()
        .executable("mytool-1.4.0/bin/mytool", SCRIPT)
        .file("mytool-1.4.0/share/text", "text\n")
        .file("mytool-1.4.0/README", "text\n")
}

#[test]
fn each_format_from_the_address_to_the_command() {
    let archives = ["tar", "tar.gz", "tgz", "tar.xz", "tar.zst", "tar.bz2", "tbz", "zip"];
    let mut files: Vec<(String, Vec<u8>)> =
        archives.map(|ending| (format!("mytool-1.4.0.{ending}"), usual().packed(ending))).to_vec();
    files.push(("mytool-linux-amd64".to_owned(), SCRIPT.into()));
    for (name, compress) in [("gz", gzipped as fn(&[u8]) -> Vec<u8>), ("xz", xz), ("zst", zstd), ("bz2", bzipped)] {
        files.push((format!("mytool.{name}"), compress(SCRIPT.as_bytes())));
    }
    for (name, bytes) in files {
        let registry = Registry::new();
        registry.serve(&format!("/files/{name}"), bytes);
        let sandbox = project(&registry, &name, "");
        sandbox.run(&["lock"]).success();
        sandbox.run(&["install"]).success().stderr_contains("fetched 1 artifact\n");
        registry.forget_requests();
        sandbox.run(&["run", "mytool", "yes"]).success().stdout("tool says yes\n").stderr("");
        // What was recorded matches what lies there.
        for entry in fs_err::read_dir(sandbox.data().join("objects-1")).unwrap() {
            let sums = entry.unwrap().path();
            if sums.extension().is_some_and(|extension| extension == "sha256") {
                let check = sandbox.program("sha256sum", &["--check", "--strict", "--quiet"]).arg(&sums);
                check.directory(sums.with_extension("")).run().success();
            }
        }
        assert_eq!(registry.requests(), [""; 0]);
    }
}

#[test]
fn an_address_may_leave_the_format_to_the_manifest() {
    let registry = Registry::new();
    registry.serve("/files/download", usual().packed("zip"));
    let sandbox = project(&registry, "download", r#", "format": "zip""#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "mytool"]).code(0).stdout("tool says\n");
    // Another format is another way to unpack the same bytes, and is noticed.
    let sandbox = project(&registry, "download", "");
    sandbox.run(&["lock"]).success();
    let text = sandbox.read("devshell.json").replace(r#""version""#, r#""format": "zip", "version""#);
    sandbox.manifest(text);
    sandbox.run(&["run", "mytool"]).code(3).stderr_contains("devshell.lock is stale: it lacks url:mytool 1.4.0\n");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "mytool"]).success().stdout("tool says\n");
}

#[test]
fn links_of_an_archive_are_kept() {
    for ending in ["tar.gz", "zip"] {
        let registry = Registry::new();
        let archive = usual().symlink("mytool-1.4.0/bin/mt", "mytool").symlink("mytool-1.4.0/lib", "share");
        registry.serve(&format!("/files/a.{ending}"), archive.packed(ending));
        let sandbox = project(&registry, &format!("a.{ending}"), "");
        sandbox.run(&["lock"]).success();
        sandbox.run(&["install"]).success();
        sandbox.run(&["run", "mt", "x"]).success().stdout("tool says x\n");
    }
    let registry = Registry::new();
    let archive = usual().hard_link("mytool-1.4.0/bin/mt", "mytool-1.4.0/bin/mytool");
    registry.serve("/files/a.tar.gz", archive.packed("tar.gz"));
    let sandbox = project(&registry, "a.tar.gz", "");
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    sandbox.run(&["run", "mt", "x"]).success().stdout("tool says x\n");
}

#[test]
fn hostile_archives_leave_nothing() {
    let victim = tempfile::tempdir().unwrap();
    let outside = victim.path().join("x").to_string_lossy().into_owned();
    let cases = [
        (usual().file("mytool-1.4.0/../../../x", "x"), "has an entry with the unsafe path"),
        (usual().file(&outside, "x"), "has an entry with the unsafe path"),
        (usual().symlink("mytool-1.4.0/out", "../../.."), "leads out of it"),
        (usual().symlink("mytool-1.4.0/out", &outside), "leads out of it"),
        (usual().symlink("out", "mytool-1.4.0/share").file("out/x", "x"), "is below a file or a link"),
    ];
    let only_tar = [
        (usual().hard_link("mytool-1.4.0/x", &outside), "has an entry with the unsafe path"),
        (usual().hard_link("mytool-1.4.0/x", "../x"), "has an entry with the unsafe path"),
        (usual().hard_link("mytool-1.4.0/x", "absent"), "is not an earlier file"),
        (usual().fifo("mytool-1.4.0/x"), "neither a file nor a directory (Fifo)"),
    ];
    for ending in ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2", "zip"] {
        let more = if ending == "zip" { &[][..] } else { &only_tar[..] };
        for (archive, complaint) in cases.iter().chain(more) {
            let registry = Registry::new();
            registry.serve(&format!("/files/a.{ending}"), archive.packed(ending));
            let sandbox = project(&registry, &format!("a.{ending}"), "");
            sandbox.run(&["lock"]).success();
            let refused = sandbox.run(&["install"]);
            refused.code(5).stderr_contains("devshell: `mytool 1.4.0` was refused\n").stderr_contains(complaint);
            let left = tree(&sandbox.data().join("objects-1")).into_keys();
            let left: Vec<_> = left.filter(|path| !path.is_empty() && !path.starts_with(".lock-")).collect();
            assert_eq!(left, [""; 0], "{ending}: {complaint}");
            assert_eq!(fs_err::read_dir(victim.path()).unwrap().count(), 0, "{ending}: {complaint}");
        }
    }
}

#[test]
fn what_is_not_in_the_format_its_name_says_is_refused() {
    for ending in ["tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2", "zip", "gz", "xz", "zst", "bz2"] {
        let registry = Registry::new();
        registry.serve(&format!("/files/a.{ending}"), "<html>log in first</html>\n".repeat(40));
        let sandbox = project(&registry, &format!("a.{ending}"), "");
        sandbox.run(&["lock"]).success();
        let refused = sandbox.run(&["install"]);
        refused.code(5).stderr_contains("devshell: `mytool 1.4.0` was refused\n");
        refused.stderr_contains("because the archive cannot be read\n");
    }
}
