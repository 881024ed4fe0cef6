//! The loopback index and the wheels on it, as the real uv and the real pip see them: what other
//! tests build on them stands on the real protocol.

use std::path::{Path, PathBuf};

use crate::support::{Certified, Fault, Gate, Index, Invocation, Outcome, Sandbox, Wheel, python, sdist, uv, wheel};

const HELLO: &str = "hello_world-1.0-py3-none-any.whl";
const PAGE: &str = "/simple/hello-world/";

/// A project whose name is written in several ways.
fn hello(version: &str) -> Wheel {
    wheel("Hello.World", version)
        .module("hello_world/__init__.py", format!("def main(): print('hello {version}')\n"))
        .entry_point("hello", "hello_world:main")
}

fn hellos() -> Index {
    Index::with(["1.0", "1.5", "2.0"].map(hello))
}

/// uv with nothing of the host's but its interpreter.
fn run_uv<'s>(sandbox: &'s Sandbox, index: &str, arguments: &[&str]) -> Invocation<'s> {
    let settings = [("UV_DEFAULT_INDEX", index), ("UV_PYTHON_DOWNLOADS", "never"), ("UV_NO_CONFIG", "1")];
    let run = sandbox.program(uv(), arguments).envs(settings).env("UV_PYTHON", python());
    run.env("UV_CACHE_DIR", sandbox.root().join("uv-cache"))
}

/// Installs into a directory of the project.
fn install<'s>(sandbox: &'s Sandbox, index: &str, requirements: &[&str]) -> Invocation<'s> {
    run_uv(sandbox, index, &["pip", "install", "--target", "site"]).args(requirements)
}

/// Downloads with pip into a directory of the project.
fn download<'s>(sandbox: &'s Sandbox, index: &str, requirements: &[&str]) -> Invocation<'s> {
    let settings = [("PIP_CONFIG_FILE", "/dev/null"), ("PIP_INDEX_URL", index), ("PIP_DISABLE_PIP_VERSION_CHECK", "1")];
    let run = sandbox.program(python(), &["-m", "pip", "download", "--dest", "downloads"]);
    run.envs(settings).args(requirements)
}

/// What a command that was installed says.
#[track_caller]
fn says(sandbox: &Sandbox, command: &str) -> Outcome {
    let run = sandbox.program(site(sandbox).join("bin").join(command), &[]);
    run.env("PYTHONPATH", site(sandbox)).run()
}

/// With which exit code differs from release to release.
#[track_caller]
fn refused(outcome: &Outcome, why: &str) {
    assert!(!outcome.ended_well(), "{outcome}");
    outcome.stderr_contains(why);
}

fn site(sandbox: &Sandbox) -> PathBuf {
    sandbox.project().join("site")
}

#[track_caller]
fn names(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn uv_installs_what_a_wheel_holds() {
    let tool = wheel("tool", "0.13.1")
        .tag("py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_aarch64.any")
        .script("tool", "#!/bin/sh\necho tool\n")
        .executable("tool/data/bin/inner", "#!/bin/sh\necho inner\n")
        .requires("hello-world>=1,<2; python_version >= '3'")
        .extra("more", "absent>=1");
    let index = hellos();
    index.publish([tool.clone()]);
    let sandbox = Sandbox::new();
    install(&sandbox, index.url(), &["tool"]).run().success();
    assert_eq!(index.downloads(), ["hello_world-1.5-py3-none-any.whl".to_owned(), tool.file_name()]);
    says(&sandbox, "tool").success().stdout("tool\n");
    says(&sandbox, "hello").success().stdout("hello 1.5\n");
    sandbox.program(site(&sandbox).join("tool/data/bin/inner"), &[]).run().success().stdout("inner\n");
    let info = site(&sandbox).join("tool-0.13.1.dist-info");
    assert_eq!(fs_err::read_to_string(info.join("METADATA")).unwrap(), tool.metadata());
    assert_eq!(
        fs_err::read_to_string(info.join("WHEEL")).unwrap(),
        "Wheel-Version: 1.0\nGenerator: devshell-tests\nRoot-Is-Purelib: false\n\
         Tag: py3-none-manylinux_2_17_x86_64\nTag: py3-none-manylinux2014_x86_64\n\
         Tag: py3-none-musllinux_1_1_aarch64\nTag: py3-none-any\n"
    );
    // The extra is asked for only by name.
    assert_eq!(index.requests_for("absent"), [""; 0]);
    refused(&install(&sandbox, index.url(), &["tool[more]"]).run(), "absent was not found");
    assert_eq!(index.requests_for("absent"), ["/simple/absent/ 404"]);
}

/// Not every installer compares them. No time of day is in a wheel, so its bytes are always the same.
#[test]
fn a_record_names_each_file_with_its_hash_and_its_size() {
    let sandbox = Sandbox::new();
    let wheel = hello("1.0").script("run", "#!/bin/sh\n").requires_python(">=3");
    let path = sandbox.write(wheel.file_name(), wheel.bytes());
    let script = "
import base64, csv, hashlib, io, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    record = [name for name in wheel.namelist() if name.endswith('/RECORD')]
    rows = list(csv.reader(io.StringIO(wheel.read(record[0]).decode())))
    assert [row[0] for row in rows] == wheel.namelist(), rows
    assert rows.pop() == [record[0], '', ''], rows
    for name, digest, size in rows:
        bytes = wheel.read(name)
        expected = base64.urlsafe_b64encode(hashlib.sha256(bytes).digest()).decode().rstrip('=')
        assert (digest, int(size)) == ('sha256=' + expected, len(bytes)), name
    assert {file.date_time for file in wheel.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    print(*wheel.namelist(), sep='\\n')
";
    let info = "hello_world-1.0.dist-info";
    let files = format!("{info}/METADATA\n{info}/WHEEL\n{info}/entry_points.txt\n{info}/RECORD\n");
    let run = sandbox.program(python(), &["-c", script]).arg(path);
    run.run().success().stdout(&format!("hello_world/__init__.py\nhello_world-1.0.data/scripts/run\n{files}"));
}

#[test]
fn both_forms_of_the_page_say_the_same() {
    for is_json in [true, false] {
        let index = hellos();
        if !is_json {
            index.html_only();
        }
        index.publish([hello("3.0").requires_python(">=99"), hello("4.0").yanked("a <bad> \"day\" & more")]);
        index.yank("hello-world", "2.0", "");
        let sandbox = Sandbox::new();
        // uv and pip pass over what is yanked and what is for another Python.
        install(&sandbox, index.url(), &["hello-world"]).run().success();
        says(&sandbox, "hello").success().stdout("hello 1.5\n");
        download(&sandbox, index.url(), &["hello-world"]).run().success();
        assert_eq!(names(&sandbox.project().join("downloads")), ["hello_world-1.5-py3-none-any.whl"]);
        // Who pins a yanked version gets it, and the reason.
        let pinned = install(&sandbox, index.url(), &["hello-world==4.0"]).run();
        pinned.success().stderr_contains("a <bad> \"day\" & more");
        says(&sandbox, "hello").success().stdout("hello 4.0\n");
        index.remove("Hello_World", "1.5");
        let sandbox = Sandbox::new();
        install(&sandbox, index.url(), &["hello-world"]).run().success();
        says(&sandbox, "hello").success().stdout("hello 1.0\n");
    }
}

#[test]
fn the_form_is_negotiated() {
    let index = hellos();
    let sandbox = Sandbox::new();
    let (json, html) = ("application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html");
    let cases = [
        ("", "text/html"),
        ("*/*", "text/html"),
        (json, json),
        (&format!("{json}, {html};q=0.2, text/html;q=0.01"), json),
        (&format!("{json};q=0.1, {html};q=0.2, */*;q=0.01"), html),
        (&format!("application/*, text/html;q=0.5, {html};q=0"), json),
        ("image/png", "406"),
    ];
    let script = "
import sys, urllib.request, urllib.error
for accept in sys.argv[2:]:
    request = urllib.request.Request(sys.argv[1], headers={'Accept': accept})
    try: print(urllib.request.urlopen(request).headers['Content-Type'])
    except urllib.error.HTTPError as error: print(error.code)
";
    let run = cases.iter().fold(sandbox.program(python(), &["-c", script, index.url()]), |run, case| run.arg(case.0));
    run.run().success().stdout(&cases.map(|(_, kind)| format!("{kind}\n")).concat());
}

#[test]
fn a_name_leads_to_the_page_however_it_is_written() {
    let index = hellos();
    let sandbox = Sandbox::new();
    let script = "
import sys, urllib.request
for path in sys.argv[2:]: print(urllib.request.urlopen(sys.argv[1] + path).url.removeprefix(sys.argv[1]))
";
    let run = sandbox.program(python(), &["-c", script, index.url(), "hello-world", "Hello._World/", "hello-world/"]);
    run.run().success().stdout("hello-world/\nhello-world/\nhello-world/\n");
    let moved =
        ["/simple/hello-world 301", "/simple/Hello._World/ 301"].map(|request| [request, "/simple/hello-world/ 200"]);
    assert_eq!(index.requests(), [&moved.concat()[..], &["/simple/hello-world/ 200"]].concat());
}

#[test]
fn uv_locks_for_every_platform_and_installs_by_hash() {
    let index = hellos();
    let (old, new) = ("2021-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
    let tags = ["py3-none-manylinux_2_17_x86_64", "py3-none-macosx_11_0_arm64", "py3-none-win_amd64"];
    let native = |version: &str, time: &str| {
        tags.map(|tag| {
            wheel("native", version).tag(tag).uploaded(time).requires("hello-world; sys_platform != 'win32'")
        })
    };
    index.publish([native("1.0", old), native("1.1", new)].concat());
    let sandbox = Sandbox::new();
    sandbox.write("requirements.in", "native\n");
    let compile = ["pip", "compile", "--universal", "--exclude-newer", "2022-01-01T00:00:00Z", "requirements.in"];
    let lock = ["--format", "pylock.toml", "-o", "pylock.toml"];
    run_uv(&sandbox, index.url(), &compile).args(&lock).run().success();
    let text = sandbox.read("pylock.toml");
    for native in native("1.0", old) {
        let url = format!("url = \"{}\"", index.url().replace("/simple/", &native.path()));
        assert!(text.contains(&url) && text.contains(&format!("sha256 = \"{}\"", native.sha256())), "{text}");
        assert!(text.contains(&format!("size = {}", native.bytes().len())), "{text}");
    }
    assert!(text.contains("marker = \"sys_platform != 'win32'\"") && !text.contains("native-1.1"), "{text}");
    assert!(text.contains("upload-time = 2021-01-01T00:00:00Z"), "{text}");
    // Metadata was enough.
    assert_eq!(index.downloads(), [""; 0]);
    assert!(index.requests().iter().any(|request| request.ends_with(".whl.metadata 200")), "{:?}", index.requests());

    run_uv(&sandbox, index.url(), &compile).args(&["--generate-hashes", "-o", "requirements.txt"]).run().success();
    let sync = ["pip", "sync", "--require-hashes", "--target", "site", "requirements.txt"];
    let sync = |sandbox: &Sandbox| {
        sandbox.write("requirements.txt", format!("hello-world==1.0 --hash=sha256:{}\n", hello("1.0").sha256()));
        run_uv(sandbox, index.url(), &sync).run()
    };
    assert!(sandbox.read("requirements.txt").contains(&format!("--hash=sha256:{}", hello("2.0").sha256())));
    sync(&sandbox).success();
    says(&sandbox, "hello").success().stdout("hello 1.0\n");

    // Other bytes under the same name are refused, by uv and by pip.
    index.tamper(HELLO, hello("1.5").bytes());
    let sandbox = Sandbox::new();
    refused(&sync(&sandbox), "Hash mismatch for `hello-world==1.0`");
    refused(&download(&sandbox, index.url(), &["hello-world==1.0"]).run(), "DO NOT MATCH THE HASHES");
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let index = hellos();
    let sandbox = Sandbox::new();
    let compile = |sandbox: &Sandbox| {
        index.forget_requests();
        let arguments = ["pip", "compile", "--universal", "--no-annotate", "--no-header", "-"];
        let run = run_uv(sandbox, index.url(), &arguments).stdin("hello-world").run();
        (run.success().text(), index.requests_for("hello-world").into_iter().filter(|r| r.starts_with(PAGE)).collect())
    };
    let answered = |version: &str, answers: &[&str]| {
        let answers: Vec<String> = answers.iter().map(|status| format!("{PAGE} {status}")).collect();
        (format!("hello-world=={version}\n"), answers)
    };
    assert_eq!(compile(&sandbox), answered("2.0", &["200"]));
    // Within the time that the page may be kept.
    assert_eq!(compile(&sandbox), answered("2.0", &[]));

    index.cache_control("no-cache");
    let sandbox = Sandbox::new();
    assert_eq!(compile(&sandbox), answered("2.0", &["200"]));
    assert_eq!(compile(&sandbox), answered("2.0", &["304"]));
    index.publish([hello("3.0")]);
    assert_eq!(compile(&sandbox), answered("3.0", &["200"]));
}

#[test]
fn a_password_is_asked_for() {
    let index = hellos();
    index.require_password("me", "secret");
    let sandbox = Sandbox::new();
    let url = index.url_with("me", "secret");
    refused(&install(&sandbox, &index.url_with("me", "wrong"), &["hello-world"]).run(), "401");
    assert!(index.requests().iter().all(|request| request.ends_with(" 401")), "{:?}", index.requests());
    install(&sandbox, &url, &["hello-world"]).run().success();
    download(&sandbox, &url, &["hello-world"]).run().success();
}

#[test]
fn uv_trusts_a_certificate_that_it_is_told_of() {
    let certificate = Certified::new();
    let index = Index::with_tls(&certificate);
    index.publish([hello("1.0")]);
    let sandbox = Sandbox::new();
    let file = sandbox.write("own.pem", certificate.pem());
    refused(&install(&sandbox, index.url(), &["hello-world"]).run(), "invalid peer certificate");
    assert_eq!(index.requests(), [""; 0]);
    install(&sandbox, index.url(), &["hello-world"]).env("SSL_CERT_FILE", file).run().success();
    assert_eq!(index.downloads(), [HELLO]);
}

#[test]
fn without_metadata_uv_reads_the_end_of_the_wheel() {
    for has_ranges in [true, false] {
        let index = Index::new();
        // Larger than what uv reads of the end, and of nothing that could be compressed.
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        index.publish([hello("1.0").module("hello_world/noise", noise.take(200_000).collect::<Vec<_>>())]);
        index.without_metadata();
        if !has_ranges {
            index.without_ranges();
        }
        let sandbox = Sandbox::new();
        let compile = run_uv(&sandbox, index.url(), &["pip", "compile", "--universal", "-"]).stdin("hello-world");
        compile.run().success().stdout_contains("hello-world==1.0\n");
        let path = hello("1.0").path();
        let requests = index.requests();
        assert_eq!(requests[..2], [format!("{PAGE} 200"), format!("HEAD {path} 200")]);
        let is = |status: u16| move |request: &String| *request == format!("{path} {status}");
        assert_eq!(requests.iter().any(is(206)), has_ranges, "{requests:?}");
        assert_eq!(index.downloads().is_empty(), has_ranges, "{requests:?}");
    }
}

/// A client that picks up where it was cut off gets the rest, and one that asks for too much is told.
#[test]
fn parts_of_a_file_are_what_they_are_said_to_be() {
    let wheel = hello("1.0");
    let index = Index::with([wheel.clone()]);
    let sandbox = Sandbox::new();
    let path = sandbox.write(wheel.file_name(), wheel.bytes());
    let script = "
import sys, urllib.request, urllib.error
whole = open(sys.argv[1], 'rb').read()
def get(**headers):
    headers = {name.replace('_', '-'): value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(sys.argv[2], headers=headers)) as answer:
        return answer.status, answer.headers['Content-Range'], answer.read(), answer.headers['ETag']
size = len(whole)
etag = get()[3]
assert get()[:3] == (200, None, whole)
assert get(Range='bytes=10-19')[:3] == (206, f'bytes 10-19/{size}', whole[10:20])
assert get(Range='bytes=10-')[:3] == (206, f'bytes 10-{size - 1}/{size}', whole[10:])
assert get(Range='bytes=-7')[:3] == (206, f'bytes {size - 7}-{size - 1}/{size}', whole[-7:])
assert get(Range='bytes=10-', If_Range=etag)[0] == 206
assert get(Range='bytes=10-', If_Range='\"other\"')[:3] == (200, None, whole)
try: get(Range=f'bytes={size}-')
except urllib.error.HTTPError as error: assert error.code == 416
else: assert False
";
    let url = index.url().replace("/simple/", &wheel.path());
    sandbox.program(python(), &["-c", script]).arg(path).arg(url).run().success();
}

#[test]
fn a_source_distribution_says_whether_it_was_built() {
    let sandbox = Sandbox::new();
    let trace = sandbox.project().join("trace");
    let source = sdist(hello("2.0"), &trace);
    let index = hellos();
    index.remove("hello-world", "2.0");
    index.publish([source.clone()]);
    // With wheels only, the newest wheel it is, and nothing of the source runs.
    install(&sandbox, index.url(), &["--only-binary", ":all:", "hello-world"]).run().success();
    says(&sandbox, "hello").success().stdout("hello 1.5\n");
    assert!(!trace.exists() && !index.downloads().contains(&source.file_name()));
    install(&sandbox, index.url(), &["hello-world==2.0"]).run().success();
    says(&sandbox, "hello").success().stdout("hello 2.0\n");
    let trace = sandbox.read("trace");
    assert!(trace.starts_with("imported\n") && trace.ends_with("built\n"), "{trace}");
    assert!(index.downloads().contains(&source.file_name()));
}

#[test]
fn the_index_makes_the_mistakes_it_is_told_to_make() {
    let index = hellos();
    let sandbox = Sandbox::new();
    let path = hello("1.0").path();
    index.fault(PAGE, Fault::Status(503, 1));
    index.fault(&path, Fault::Cut(1));
    install(&sandbox, index.url(), &["hello-world==1.0"]).run().success();
    let answers = index.requests_for("Hello_World");
    assert_eq!(answers[..2], [format!("{PAGE} 503"), format!("{PAGE} 200")]);
    assert_eq!(index.downloads(), [HELLO, HELLO]);

    let gate = Gate::default();
    index.fault(&path, Fault::Gate(gate.clone()));
    let waiting = Sandbox::new();
    let child = install(&waiting, index.url(), &["hello-world==1.0"]).spawn();
    gate.wait_for_client();
    assert!(!site(&waiting).join("bin/hello").exists());
    gate.open();
    assert!(child.wait_with_output().unwrap().status.success());
    says(&waiting, "hello").success().stdout("hello 1.0\n");

    index.fault(PAGE, Fault::OtherBytes(b"{".to_vec()));
    refused(&install(&Sandbox::new(), index.url(), &["hello-world"]).run(), PAGE);
}
