//! The ready-made specs of `shells/`, embedded for `devshell init`.

/// A folder of `shells/`: a manifest, its lock if it has one, and a small project to try it on.
#[derive(Debug)]
pub struct Template {
    pub name: &'static str,
    pub about: &'static str,
    pub manifest: &'static str,
    pub lock: &'static str,
    /// The sample project: path and text.
    pub sample: &'static [(&'static str, &'static str)],
}

/// Every template, sorted by name.
pub const TEMPLATES: &[Template] = &[
    Template {
        name: "algorithms",
        about: "the host's Python, 3.10 or newer, and nothing else",
        manifest: include_str!("../shells/algorithms/devshell.json"),
        lock: include_str!("../shells/algorithms/devshell.lock"),
        sample: &[
            ("search.py", include_str!("../shells/algorithms/search.py")),
            ("test_search.py", include_str!("../shells/algorithms/test_search.py")),
        ],
    },
    Template {
        name: "node",
        about: "node 22, npm, typescript, prettier and esbuild",
        manifest: include_str!("../shells/node/devshell.json"),
        lock: include_str!("../shells/node/devshell.lock"),
        sample: &[
            ("src/main.ts", include_str!("../shells/node/src/main.ts")),
            ("src/primes.ts", include_str!("../shells/node/src/primes.ts")),
            ("tsconfig.json", include_str!("../shells/node/tsconfig.json")),
        ],
    },
];
