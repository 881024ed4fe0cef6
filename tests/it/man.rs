//! `devshell man`: a page for every command, which groff reads without a complaint.

use crate::support::Sandbox;

/// The commands of a help text, but for that which shows it.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let words = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    words.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|word| word != "help").collect()
}

#[test]
fn every_command_has_a_page() {
    let sandbox = Sandbox::new();
    sandbox.run(&["man", "pages/man1"]).success().stdout("").stderr_contains(" pages to [PROJECT]/pages/man1\n");
    let verbs = commands(&sandbox.run(&["--help"]).text());
    assert!(verbs.contains(&"why".to_owned()) && verbs.contains(&"man".to_owned()), "{verbs:?}");
    let mut expected = vec!["devshell.1".to_owned()];
    for verb in &verbs {
        expected.push(format!("devshell-{verb}.1"));
        let below = commands(&sandbox.run(&[verb, "--help"]).text());
        expected.extend(below.iter().map(|word| format!("devshell-{verb}-{word}.1")));
    }
    expected.sort();
    let directory = sandbox.project().join("pages/man1");
    let mut names: Vec<String> =
        fs_err::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, expected);

    let groff = which::which("groff");
    for name in names {
        let text = sandbox.read(format!("pages/man1/{name}"));
        for part in [".TH devshell", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS"] {
            assert!(text.contains(part), "{name} lacks {part}: {text}");
        }
        // A line that begins with a dot or a quote is a request, and roff knows no others.
        let requests = text.lines().filter(|line| line.starts_with(['.', '\'']));
        for request in requests {
            let word = request[1..].split_whitespace().next().unwrap_or_default();
            assert!(["TH", "SH", "TP", "PP", "RS", "RE", "IP", "ie", "el", "br"].contains(&word), "{name}: {request}");
        }
        // Where there is a groff, it has nothing to say.
        if let Ok(groff) = &groff {
            let run = sandbox.program(groff, &["-man", "-Tascii", "-ww", "-z"]).stdin(text).run();
            run.success().stdout("").stderr("");
        }
    }
}

#[test]
fn without_a_directory_the_main_page_is_printed() {
    let sandbox = Sandbox::new();
    let page = sandbox.run(&["man"]);
    page.success().stderr("").stdout_contains("devshell\\-why(1)").stdout_contains("\\fB\\-\\-offline\\fR");
    assert!(!page.text().contains("candidates"), "{page}");
    // A directory that cannot be made.
    sandbox.write("file", "");
    sandbox.run(&["man", "file"]).code(1).stdout("").stderr_contains("[PROJECT]/file");
}
