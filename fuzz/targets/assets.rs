//! Names of files and tags, as a forge answers with them: a repository, a version and its tag, then the names of files,
//! a line each. What is chosen is one of the files, for a platform that its words name, whatever the order of the list
//! and whatever else is in it; a tag is its prefix and its version.
#![no_main]

use devshell::assets::{Preference, Subject, choose, tag};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| check(text));

fn check(text: &str) {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or("");
    let [repository, version, tag] = [line(), line(), line()];
    let names: Vec<&str> = lines.collect();
    let commands = &names[names.len().min(1)..names.len().min(2)];
    for (commands, is_static, preference) in
        [(&[][..], false, Preference::Any), (commands, true, Preference::Any), (commands, false, Preference::Gnu)]
    {
        choice(&names, &Subject { repository, commands, version, tag, is_static }, preference);
    }
    let all: Vec<&str> = text.split('\n').collect();
    tags(&all, repository);
}

fn choice(names: &[&str], subject: &Subject, preference: Preference) {
    let picks = match choose(names, subject, preference) {
        Ok(picks) => picks,
        Err(undecided) => {
            assert!(undecided.files().iter().all(|file| names.contains(&file.as_str())), "{undecided:?}");
            return;
        }
    };
    assert!(!picks.is_empty());
    for pick in picks.values() {
        assert!(names.contains(&pick.file));
    }
    let mut others: Vec<&str> = names.iter().rev().copied().collect();
    assert_eq!(choose(&others, subject, preference).as_ref(), Ok(&picks));
    let first = names[0].to_owned() + ".sha256";
    let told = [subject.repository, subject.version, subject.tag, &subject.commands.concat()].concat();
    if !told.contains("sha256") {
        others.extend(["checksums.txt", "LICENSE", &first]);
    }
    assert_eq!(choose(&others, subject, preference).as_ref(), Ok(&picks));
    let chosen: Vec<&str> = picks.values().map(|pick| pick.file).collect();
    let mut alone = chosen.clone();
    alone.sort_unstable();
    alone.dedup();
    assert_eq!(choose(&alone, subject, preference).as_ref(), Ok(&picks), "without the others");
}

fn tags(all: &[&str], repository: &str) {
    match tag::prefix(all, repository) {
        Ok(prefix) => {
            let versions: Vec<&str> = all.iter().filter_map(|tag| tag::version_of(tag, prefix)).collect();
            assert!(!versions.is_empty());
            assert!(versions.iter().all(|version| version.starts_with(|c: char| c.is_ascii_digit())));
        }
        Err(unclear) => assert!(unclear.prefixes.len() != 1, "{unclear:?}"),
    }
}
