//! The site of docs/: built by the command that builds it everywhere, and looked at in a real browser.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use crate::support::browser::Browser;
use crate::support::server::{Answer, Request, Server, Site};
use crate::support::sources::files;
use crate::{real, support::tree};

/// Pages of each kind: the landing page, one with pictures, with tables, with long code, and a copy of a page at the top.
const PAGES: &[&str] =
    &["", "getting-started/", "jobs/django/", "cli/", "catalog/", "do-i-need-it/", "about/changelog/"];

const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of the site, as `devshell run -e docs site` builds it.
fn site() -> &'static BTreeMap<String, Vec<u8>> {
    static SITE: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| {
        let sandbox = real::sandbox();
        let built = real::run(&sandbox, &["-C", root().to_str().unwrap(), "run", "-e", "docs", "site"]);
        built.success().stderr_contains("No issues found");
        let place = root().join("target/site");
        tree(&place)
            .keys()
            .filter(|path| place.join(path).is_file())
            .map(|path| (path.clone(), fs_err::read(place.join(path)).unwrap()))
            .collect()
    });
    &SITE
}

struct Files;

impl Site for Files {
    fn answer(&self, _: &str, request: &Request) -> Answer {
        let path = request.path.split(['?', '#']).next().unwrap().trim_start_matches('/');
        let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
        let ending = path.rsplit('.').next().unwrap();
        let kind = TYPES.iter().find(|(name, _)| *name == ending).map_or("text/plain", |(_, kind)| kind);
        let file = site().get(&path);
        file.map_or_else(Answer::not_found, |bytes| Answer::new(200, bytes.as_slice()).header("Content-Type", kind))
    }
}

/// A browser at a page of the site.
fn at(server: &Server<Files>, page: &str) -> Browser {
    let mut browser = Browser::start();
    browser.resize(1280, 900);
    browser.visit(&format!("{}{page}", server.url()));
    browser
}

fn server() -> Server<Files> {
    site();
    Server::new(Files)
}

/// Also a request that another page or a worker made would be refused, and so be an error.
#[test]
fn pages_load_without_errors_and_from_the_site_alone() {
    let server = server();
    let mut browser = at(&server, "");
    for page in PAGES {
        browser.visit(&format!("{}{page}", server.url()));
        browser.wait_for("[...document.images].every(image => image.complete)");
        let broken = browser.value("[...document.images].filter(image => !image.naturalWidth).map(image => image.src)");
        assert_eq!(broken, serde_json::json!([]), "{page}");
        let kinds = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Network.loadingFailed"];
        for kind in kinds {
            let found: Vec<_> = browser.reports(kind).collect();
            assert!(found.is_empty(), "{page}: {kind}: {found:?}");
        }
        let asked =
            browser.reports("Network.requestWillBeSent").map(|report| report["request"]["url"].as_str().unwrap());
        let asked: Vec<&str> = asked.filter(|url| !url.starts_with("data:")).collect();
        assert!(asked.len() > 4, "{page}: {asked:?}");
        assert!(asked.iter().all(|url| url.starts_with(server.url())), "{page}: {asked:?}");
    }
    let failed = server.log(|request, status| (status != 200).then(|| request.shown(status)));
    assert_eq!(failed.into_iter().flatten().collect::<Vec<_>>(), [""; 0]);
}

/// The search is a part of the page with a tree of its own.
#[test]
fn the_search_finds_a_page() {
    let server = server();
    let mut browser = at(&server, "");
    browser.wait_for("document.querySelector('.md-search__button')");
    browser.value("document.querySelector('.md-search__button').click()");
    let inside = "[...document.querySelectorAll('*')].find(element => element.shadowRoot)?.shadowRoot";
    browser.wait_for(&format!("{inside}?.activeElement?.matches('[role=combobox]')"));
    browser.call("Input.insertText", &serde_json::json!({ "text": "postgres" }));
    let found = browser.wait_for(&format!("{inside}.querySelector('[role=option]')?.href"));
    let page = found.as_str().unwrap().split(['?', '#']).next().unwrap().to_owned();
    browser.visit(&page);
    let text = browser.value("document.querySelector('article').innerText");
    assert!(text.as_str().unwrap().to_lowercase().contains("postgres"), "{page}");
}

#[test]
fn a_narrow_screen_does_not_scroll_sideways() {
    let server = server();
    let mut browser = at(&server, "");
    browser.resize(360, 740);
    for page in PAGES {
        browser.visit(&format!("{}{page}", server.url()));
        let width = "document.documentElement.scrollWidth";
        assert_eq!(browser.value(width), 360, "{page}");
        // What is too wide scrolls in its own box; nothing else is cut off.
        let hidden = browser.value(
            "[...document.querySelectorAll('article :is(p, li, h1, h2, h3)')]
                .filter(element => element.getBoundingClientRect().right > 360 && !element.closest('table'))
                .map(element => element.outerHTML)",
        );
        assert_eq!(hidden, serde_json::json!([]), "{page}");
    }
}

#[test]
fn the_page_is_dark_for_who_prefers_that() {
    let server = server();
    let mut browser = at(&server, "");
    let mut lightness = |scheme: &str| {
        browser.prefer(scheme);
        browser.visit(server.url());
        let colour = browser.value("getComputedStyle(document.body).backgroundColor");
        let parts =
            colour.as_str().unwrap().split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u32>().ok());
        parts.take(3).sum::<u32>()
    };
    let (light, dark) = (lightness("light"), lightness("dark"));
    assert!(light > 3 * 200 && dark < 3 * 60, "{light} {dark}");
}

/// The navigation gives its order, and each page is there whole.
#[test]
fn programs_that_read_text_find_all_pages() {
    let text = |path: &str| String::from_utf8(site()[path].clone()).unwrap();
    let (index, full) = (text("llms.txt"), text("llms-full.txt"));
    let pages = files(&root().join("docs"), "md");
    assert!(pages.len() > 25);
    for page in &pages {
        let path = page.strip_prefix(root().join("docs")).unwrap().to_str().unwrap();
        let (page, title) = (text(path), fs_err::read_to_string(page).unwrap());
        let title = title.lines().find_map(|line| line.strip_prefix("# ")).unwrap();
        assert!(index.contains(&format!("\n- [{title}]({path}): ")), "{path}: {index}");
        assert!(full.contains(page.trim()), "{path} is not in llms-full.txt");
    }
    let place = |part: &str| index.find(part).unwrap_or_else(|| panic!("{part}: {index}"));
    assert!(
        place("](index.md)") < place("](getting-started.md)") && place("](getting-started.md)") < place("](cli.md)")
    );
}
