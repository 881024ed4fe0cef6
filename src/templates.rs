//! The ready-made specs of `shells/`, embedded for `devshell init`.

use crate::packed::{Packed, packed};

/// A folder of `shells/`: a manifest, its lock if it has one, and a small project to try it on.
#[derive(Debug)]
pub struct Template {
    pub name: &'static str,
    pub about: &'static str,
    pub manifest: &'static str,
    /// The manifest for a project that is there already, where it is another one.
    pub project: Option<&'static str>,
    pub lock: Packed,
    /// The sample project: path and text.
    pub sample: &'static [(&'static str, &'static str)],
}

/// Every template, sorted by name.
pub const TEMPLATES: &[Template] = &[
    Template {
        name: "algorithms",
        about: "the host's Python, 3.10 or newer, and nothing else",
        manifest: include_str!("../shells/algorithms/devshell.json"),
        project: None,
        lock: packed!("shells/algorithms/devshell.lock"),
        sample: &[
            ("README.md", include_str!("../shells/algorithms/README.md")),
            ("search.py", include_str!("../shells/algorithms/search.py")),
            ("test_search.py", include_str!("../shells/algorithms/test_search.py")),
        ],
    },
    Template {
        name: "django",
        about: "a Django site on PostgreSQL, with its tests",
        manifest: include_str!("../shells/django/devshell.json"),
        project: Some(include_str!("../shells/django/project/devshell.json")),
        lock: packed!("shells/django/devshell.lock"),
        sample: &[
            (".gitignore", include_str!("../shells/django/.gitignore")),
            ("README.md", include_str!("../shells/django/README.md")),
            ("config/__init__.py", include_str!("../shells/django/config/__init__.py")),
            ("config/settings.py", include_str!("../shells/django/config/settings.py")),
            ("config/urls.py", include_str!("../shells/django/config/urls.py")),
            ("config/wsgi.py", include_str!("../shells/django/config/wsgi.py")),
            ("manage.py", include_str!("../shells/django/manage.py")),
            ("notes/__init__.py", include_str!("../shells/django/notes/__init__.py")),
            ("notes/admin.py", include_str!("../shells/django/notes/admin.py")),
            ("notes/migrations/0001_initial.py", include_str!("../shells/django/notes/migrations/0001_initial.py")),
            ("notes/migrations/__init__.py", include_str!("../shells/django/notes/migrations/__init__.py")),
            ("notes/models.py", include_str!("../shells/django/notes/models.py")),
            ("notes/templates/notes/index.html", include_str!("../shells/django/notes/templates/notes/index.html")),
            ("notes/tests.py", include_str!("../shells/django/notes/tests.py")),
            ("notes/views.py", include_str!("../shells/django/notes/views.py")),
            ("requirements.txt", include_str!("../shells/django/requirements.txt")),
            ("tools/__init__.py", include_str!("../shells/django/tools/__init__.py")),
            ("tools/demo.py", include_str!("../shells/django/tools/demo.py")),
        ],
    },
    Template {
        name: "node",
        about: "node 22, npm, typescript, prettier and esbuild",
        manifest: include_str!("../shells/node/devshell.json"),
        project: None,
        lock: packed!("shells/node/devshell.lock"),
        sample: &[
            ("src/main.ts", include_str!("../shells/node/src/main.ts")),
            ("src/primes.ts", include_str!("../shells/node/src/primes.ts")),
            ("tsconfig.json", include_str!("../shells/node/tsconfig.json")),
        ],
    },
    Template {
        name: "python-data",
        about: "JupyterLab, pandas, matplotlib and seaborn, with a notebook",
        manifest: include_str!("../shells/python-data/devshell.json"),
        project: Some(include_str!("../shells/python-data/project/devshell.json")),
        lock: packed!("shells/python-data/devshell.lock"),
        sample: &[
            (".gitignore", include_str!("../shells/python-data/.gitignore")),
            ("README.md", include_str!("../shells/python-data/README.md")),
            ("figure.ipynb", include_str!("../shells/python-data/figure.ipynb")),
            ("orbits.py", include_str!("../shells/python-data/orbits.py")),
            ("planets.csv", include_str!("../shells/python-data/planets.csv")),
            ("requirements.txt", include_str!("../shells/python-data/requirements.txt")),
            ("test_orbits.py", include_str!("../shells/python-data/test_orbits.py")),
        ],
    },
    Template {
        name: "web",
        about: "a page by node, a back end in Python, PostgreSQL and Redis",
        manifest: include_str!("../shells/web/devshell.json"),
        project: Some(include_str!("../shells/web/project/devshell.json")),
        lock: packed!("shells/web/devshell.lock"),
        sample: &[
            (".gitignore", include_str!("../shells/web/.gitignore")),
            ("README.md", include_str!("../shells/web/README.md")),
            ("api/__init__.py", include_str!("../shells/web/api/__init__.py")),
            ("api/__main__.py", include_str!("../shells/web/api/__main__.py")),
            ("api/items.py", include_str!("../shells/web/api/items.py")),
            ("api/test_items.py", include_str!("../shells/web/api/test_items.py")),
            ("front/demo.js", include_str!("../shells/web/front/demo.js")),
            ("front/page.js", include_str!("../shells/web/front/page.js")),
            ("front/page.test.js", include_str!("../shells/web/front/page.test.js")),
            ("front/server.js", include_str!("../shells/web/front/server.js")),
            ("package.json", include_str!("../shells/web/package.json")),
            ("requirements.txt", include_str!("../shells/web/requirements.txt")),
        ],
    },
];
