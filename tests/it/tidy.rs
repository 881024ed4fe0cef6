//! The architecture, held by a test: which module may import which, who may touch files,
//! processes and the environment, and how long a file may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::support::sources::{files, root, sources};

/// What each module imports. A new edge is a decision: make it here, with `docs/architecture.md`
/// in mind, or find the place where the code belongs. Nobody imports `cli`.
const IMPORTS: &[(&str, &[&str])] = &[
    ("age", &[]),
    ("archive", &[]),
    ("date", &[]),
    ("digest", &[]),
    ("packed", &[]),
    ("text", &[]),
    ("hint", &["text"]),
    ("name", &["text"]),
    ("platform", &[]),
    ("version", &[]),
    ("assets", &["archive", "platform", "version"]),
    ("catalog", &["packed", "hint", "name", "platform"]),
    ("dialect", &[]),
    ("manifest", &["age", "archive", "digest", "text", "hint", "name", "platform", "version"]),
    ("lock", &["archive", "catalog", "digest", "hint", "manifest", "name", "platform", "version"]),
    ("templates", &["packed"]),
    ("env", &["dialect", "digest", "text", "hint", "manifest", "name"]),
    ("nix", &["dialect", "env", "name", "text"]),
    ("files", &[]),
    ("parallel", &[]),
    ("host", &["digest", "env", "files", "hint", "platform"]),
    ("project", &["files", "hint", "host", "lock", "manifest", "nix"]),
    ("consent", &["digest", "env", "files", "host", "manifest", "project"]),
    ("net", &["files", "hint", "name"]),
    ("registry", &["age", "date", "digest", "env", "files", "hint", "host", "manifest", "name", "net"]),
    ("attestation", &["digest", "lock", "name", "registry"]),
    (
        "source",
        &[
            "age",
            "archive",
            "assets",
            "attestation",
            "catalog",
            "date",
            "digest",
            "files",
            "hint",
            "host",
            "lock",
            "manifest",
            "name",
            "net",
            "parallel",
            "platform",
            "registry",
            "version",
        ],
    ),
    ("sandbox", &["dialect", "files", "host", "manifest", "name"]),
    ("child", &["env", "files", "host"]),
    ("tasks", &["digest", "env", "files", "host", "parallel", "text"]),
    ("builder", &["child", "env", "files", "host", "sandbox"]),
    ("probe", &["catalog", "child", "env", "hint", "host", "manifest", "name", "version"]),
    ("evaluation", &["child", "digest", "env", "files", "hint", "host", "manifest", "nix", "project"]),
    (
        "store",
        &[
            "archive", "builder", "catalog", "child", "digest", "env", "files", "hint", "host", "lock", "manifest",
            "name", "net", "parallel", "platform", "probe", "source", "text", "version",
        ],
    ),
    ("solver", &["child", "files", "hint", "host", "lock", "net", "source", "store"]),
    (
        "python",
        &[
            "archive", "builder", "catalog", "child", "digest", "env", "files", "hint", "host", "lock", "manifest",
            "name", "net", "parallel", "platform", "probe", "registry", "sandbox", "source", "store", "version",
        ],
    ),
    ("gate", &["manifest", "net"]),
    ("leaks", &["catalog", "files", "name"]),
    ("services", &["env", "files", "manifest", "tasks"]),
    ("session", &["dialect", "env", "files", "hint", "name"]),
    (
        "road",
        &[
            "builder",
            "catalog",
            "consent",
            "digest",
            "env",
            "evaluation",
            "files",
            "hint",
            "host",
            "lock",
            "manifest",
            "name",
            "net",
            "platform",
            "probe",
            "project",
            "python",
            "registry",
            "sandbox",
            "services",
            "solver",
            "source",
            "store",
            "tasks",
            "version",
        ],
    ),
];

/// The modules that log what they do.
const LOGS: &[&str] = &["net", "source", "child", "tasks", "store", "python", "session", "road", "cli"];

/// Texts that only some modules may contain, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("std::env::vars_os", &["host"], "only `host` reads the environment"),
    (
        "SourceLabel::",
        &["name", "catalog", "manifest/tool", "source", "registry", "python"],
        "a tool's form and its source's own words answer what it is; only sources and their registries ask by label",
    ),
    ("std::env::current_dir", &["host"], "only `host` asks where the user stands"),
    ("args_os", &[], "`main` hands the command line on; Rust's library has none where the C library is musl"),
    ("home_dir()", &["host"], "asks the C library, which loads the host's modules; `Host::home` has it"),
    ("ToSocketAddrs", &[], "asks the C library, which loads the host's modules"),
    ("to_socket_addrs", &[], "asks the C library, which loads the host's modules"),
    (
        "fs_err",
        &[
            "files",
            "host",
            "project",
            "consent",
            "registry",
            "source",
            "evaluation",
            "store",
            "solver",
            "python",
            "road",
            "sandbox",
            "leaks",
            "services",
            "session",
            "tasks",
            "cli",
        ],
        "the rest is pure",
    ),
    (
        "Command::new",
        &["child", "services", "session", "tasks"],
        "the session, its services and tasks, and the one way to start anything else",
    ),
    ("thread::spawn", &[], "it panics where no thread can be started; `parallel` goes on without"),
    ("scope.spawn(", &[], "it panics where no thread can be started; `parallel` goes on without"),
    ("== Isolation::", &[], "a level answers questions; `manifest/isolation.rs` has them"),
    ("log::set_logger", &["cli/logger"], "one place decides what is logged"),
    ("log::info!", LOGS, "the pure modules log nothing"),
    ("log::debug!", LOGS, "the pure modules log nothing"),
    ("println!", &[], "only cli::ui prints, through a locked stream"),
    ("eprintln!", &[], "only cli::ui prints, through a locked stream"),
    ("SystemTime", &["host"], "only `host` asks the clock, for the age of files"),
    ("std::io::stdout", &["cli/ui/mod", "cli/ui/screen"], "only cli::ui prints"),
    // A file may have any size, and a link may lead to what has no end: `files::bounded` reads up to a bound.
    ("fs_err::read(", &[], "`files::bounded` reads files"),
    ("fs_err::read_to_string(", &[], "`files::bounded` reads files"),
    (
        "create_dir_all(",
        &["files/scratch", "project", "cli/init/mod", "cli/man"],
        "`files::own` makes devshell's own directories, with their modes; these are the user's",
    ),
    (
        "read_to_end(",
        &["files/bounded", "net", "store/unpack/ar", "store/unpack/zip"],
        "`files::bounded::all` reads what is not a file; an archive's links are read up to a bound of their own",
    ),
    (
        "File::open(",
        &[
            "files/beneath",
            "files/bounded",
            "files/scratch",
            "cli/logs",
            "store/access",
            "store/fetch",
            "store/roots",
            "store/verify",
        ],
        "`files::bounded` reads files; the others lock or follow them, or hash what is too large to be kept in memory",
    ),
    (
        "std::io::stderr",
        &["cli/ui/mod", "cli/ui/screen", "host"],
        "only cli::ui prints; `host` asks whether it is a terminal",
    ),
];

/// A file past this length is asking to be two.
const LONGEST: usize = 500;

/// The same without its unit tests, for the program itself.
const LONGEST_PROGRAM: usize = 350;

/// Files that are longer, and why.
const LONG_FILES: &[(&str, &str)] = &[
    ("manifest/hook/mod", "what a line of a shell names, in one pass over its words"),
    ("manifest/schema", "one type for each part of the schema, each with its text for editors"),
];

/// A function past this length is asking to be two.
const LONGEST_FUNCTION: usize = 60;

/// The top-level modules that a text imports by `crate::…`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (index, _) in text.match_indices("crate::") {
        let rest = &text[index + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            // `use crate::{a, b::c}`: what stands before each comma, down to the first `::`.
            Some(group) => group[..group.find(';').unwrap_or(group.len())].split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !name.is_empty() {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn imports_follow_the_road() {
    let table: BTreeMap<&str, &[&str]> = IMPORTS.iter().copied().collect();
    let order: Vec<&str> = IMPORTS.iter().map(|(module, _)| *module).collect();
    for (module, allowed) in IMPORTS {
        let above = &order[..order.iter().position(|name| name == module).unwrap()];
        for import in *allowed {
            assert!(above.contains(import), "the table lets `{module}` import `{import}`, which stands below it");
        }
    }
    let lib = fs_err::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let expected: Vec<&str> = order.iter().copied().chain(["cli"]).collect();
    assert_eq!(declared, expected, "lib.rs and the table name the modules in one order");

    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let own = [source.module.as_str(), "cli"].map(str::to_owned);
        for import in imports(&source.text) {
            if source.module == "cli" || own[0] == import {
                continue;
            }
            let allowed = table.get(source.module.as_str()).copied().unwrap_or_default();
            assert!(allowed.contains(&import.as_str()), "src/{}.rs imports `{import}`: a new edge", source.place);
            used.entry(source.module.clone()).or_default().insert(import);
        }
    }
    for (module, allowed) in IMPORTS {
        let used = used.remove(*module).unwrap_or_default();
        let idle: Vec<_> = allowed.iter().filter(|import| !used.contains(**import)).collect();
        assert!(idle.is_empty(), "`{module}` no longer imports {idle:?}; take them out of the table");
    }
}

#[test]
fn what_is_reserved_stays_where_it_belongs() {
    for source in sources() {
        for (text, places, why) in RESERVED {
            let allowed = places.iter().any(|place| *place == source.module || *place == source.place);
            assert!(allowed || !source.text.contains(text), "src/{}.rs contains `{text}`: {why}", source.place);
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for directory in ["src", "crates", "tests", "benches", "catalog/src", "fuzz/src", "fuzz/targets"] {
        for path in files(&root().join(directory), "rs") {
            let text = fs_err::read_to_string(&path).unwrap();
            let name = path.strip_prefix(root()).unwrap().display();
            assert!(text.starts_with("//! "), "{name} does not open with `//! `");
            assert!(text.lines().count() <= LONGEST, "{name} is longer than {LONGEST} lines");
            assert!(!text.lines().any(|line| line.ends_with(' ')), "{name} has trailing spaces");
        }
    }
}

/// A function begins and ends at the same indentation, as rustfmt writes it.
#[test]
fn files_and_functions_of_the_program_are_short() {
    for source in sources() {
        let place = &source.place;
        let is_listed = LONG_FILES.iter().any(|(file, _)| file == place);
        let length = source.text.lines().count();
        assert!(is_listed || length <= LONGEST_PROGRAM, "src/{place}.rs has {length} lines");
        assert!(!is_listed || length > LONGEST_PROGRAM, "src/{place}.rs is short enough; take it out of the list");
        let mut begun: Vec<(usize, usize, &str)> = Vec::new();
        for (number, line) in source.text.lines().enumerate() {
            let text = line.trim_start();
            let indentation = line.len() - text.len();
            let words = text.split(' ').take_while(|word| *word != "fn").collect::<Vec<_>>();
            let qualifies = |word: &&str| ["const", "extern", "unsafe"].contains(word) || word.starts_with("pub");
            if text.contains("fn ") && words.iter().all(qualifies) && !text.ends_with(';') && !text.ends_with('}') {
                begun.push((indentation, number, text));
            } else if text == "}" && begun.last().is_some_and(|(begin, ..)| *begin == indentation) {
                let (_, first, function) = begun.pop().unwrap();
                let length = number - first + 1;
                assert!(length <= LONGEST_FUNCTION, "src/{place}.rs: `{function}` has {length} lines");
            }
        }
    }
}

/// Every file of `shells/` is embedded, so that `devshell init` offers what the tests tried.
#[test]
fn every_file_of_the_shells_is_in_a_template() {
    let shells = root().join("shells");
    let mut embedded = BTreeMap::new();
    for template in devshell::templates::TEMPLATES {
        let own = [("devshell.json", template.manifest)];
        let project = template.project.map(|text| ("project/devshell.json", text));
        let texts = own.iter().chain(&project).chain(template.sample).map(|(path, text)| (*path, (*text).to_owned()));
        for (path, text) in texts.chain([("devshell.lock", template.lock.text())]) {
            embedded.insert(shells.join(template.name).join(path), text);
        }
    }
    for folder in fs_err::read_dir(&shells).unwrap() {
        let folder = folder.unwrap().path();
        for ending in ["json", "lock", "ts", "py"] {
            for path in files(&folder, ending) {
                assert!(embedded.contains_key(&path), "{} is in no template", path.display());
            }
        }
    }
}

/// Their directory's key counts each file, so each has to be written for shells to read.
#[test]
fn every_start_file_is_shipped() {
    let place = root().join("src/dialect/start");
    let shipped: BTreeSet<PathBuf> = devshell::dialect::start_files().keys().map(|path| place.join(path)).collect();
    let mut there = BTreeSet::new();
    let mut directories = vec![place];
    while let Some(directory) = directories.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                there.insert(path);
            }
        }
    }
    assert_eq!(there, shipped);
}

/// The parts of the names of registries' hosts: nothing spells one, and neither does this.
const REGISTRIES: &[&[&str]] = &[
    &["deb", "debian", "org"],
    &["security", "debian", "org"],
    &["snapshot", "debian", "org"],
    &["pypi", "org"],
    &["files", "pythonhosted", "org"],
    &["proxy", "golang", "org"],
    &["sum", "golang", "org"],
    &["repo1", "maven", "org"],
    &["repo", "maven", "apache", "org"],
    &["index", "crates", "io"],
    &["static", "crates", "io"],
];

/// Nothing committed spells a registry's address or a path of a machine.
#[test]
fn no_registry_is_spelled() {
    let mut hosts: Vec<String> = REGISTRIES.iter().map(|parts| parts.join(".")).collect();
    hosts.push(url_host(deno_npmrc::NPM_DEFAULT_REGISTRY).to_owned());
    for directory in [
        "src",
        "crates",
        "tests",
        "benches",
        "shells",
        "docs",
        ".ci",
        "dist",
        "catalog",
        "fuzz/src",
        "fuzz/targets",
        "fuzz/seeds",
    ] {
        for ending in
            ["rs", "json", "lock", "md", "txt", "ts", "py", "fish", "zsh", "bash", "nu", "elv", "sh", "csh", "ps1"]
        {
            for path in files(&root().join(directory), ending) {
                let text = fs_err::read_to_string(&path).unwrap_or_default();
                let spelled: Vec<_> = hosts.iter().filter(|host| text.contains(*host)).collect();
                assert!(spelled.is_empty(), "{} names a registry's host: {spelled:?}", path.display());
            }
        }
    }
}

/// The addresses of vendors are in one file. Of what is on a forge's host, the path is the vendor's.
#[test]
fn no_vendor_is_spelled() {
    let endpoints = root().join("src/registry/endpoints.json");
    let data: serde_json::Value = serde_json::from_str(&fs_err::read_to_string(&endpoints).unwrap()).unwrap();
    let of_vendors = data["vendors"].as_object().unwrap().values().flat_map(|one| one.as_object().unwrap().values());
    let forges = data["forges"].to_string();
    let hosts: BTreeSet<&str> = of_vendors
        .map(|url| url_host(url.as_str().unwrap()).split('/').next().unwrap())
        .filter(|host| !forges.contains(host))
        .collect();
    assert!(hosts.len() > 8, "{hosts:?}");
    for directory in
        ["src", "crates", "tests", "benches", "shells", "docs", ".ci", "catalog", "fuzz/src", "fuzz/targets"]
    {
        for path in
            ["rs", "json", "md", "txt", "sh"].into_iter().flat_map(|ending| files(&root().join(directory), ending))
        {
            let text = fs_err::read_to_string(&path).unwrap_or_default();
            let spelled: Vec<_> = hosts.iter().filter(|host| text.contains(&format!("//{host}"))).collect();
            assert!(path == endpoints || spelled.is_empty(), "{} names {spelled:?}", path.display());
        }
    }
}

fn url_host(url: &str) -> &str {
    url.split("//").nth(1).unwrap().trim_end_matches('/')
}

/// The functions of a list of symbols that are this program's own: module path and name.
fn functions(symbols: &str) -> Vec<(Vec<String>, String)> {
    let segments = |symbol: &str| {
        let mut rest = symbol.strip_prefix("_ZN8devshell")?;
        let mut segments = Vec::new();
        while rest.starts_with(|c: char| c.is_ascii_digit()) {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let length = rest[..digits].parse::<usize>().ok()?;
            segments.push(rest[digits..].get(..length)?.to_owned());
            rest = &rest[digits + length..];
        }
        // The last one is a hash; closures belong to the function that they are in.
        segments.pop();
        segments.retain(|segment| !segment.contains('$'));
        let name = segments.pop()?;
        Some((segments, name))
    };
    symbols.lines().filter_map(segments).collect()
}

/// Names that are no more are passed over when devshell is linked, so that it gets slower without a word.
#[test]
fn the_functions_of_the_warm_road_are_those_of_this_program() {
    let list = fs_err::read_to_string(root().join("src/warm.symbols")).unwrap();
    let functions = functions(&list);
    let texts: BTreeMap<String, String> = sources().into_iter().map(|source| (source.place, source.text)).collect();
    let is_there = |(path, name): &&(Vec<String>, String)| {
        let named = |text: &String| text.contains(&format!("fn {name}(")) || text.contains(&format!("fn {name}<"));
        (1..=path.len()).rev().any(|length| {
            let place = path[..length].join("/");
            [format!("{place}/mod"), place].iter().filter_map(|place| texts.get(place)).any(named)
        })
    };
    let (there, gone): (Vec<_>, Vec<_>) = functions.iter().partition(is_there);
    assert!(there.len() > 50, "{} functions of {}", there.len(), functions.len());
    assert!(gone.len() * 10 <= functions.len(), "`benches/symbols` makes the list again; gone: {gone:?}");
}
