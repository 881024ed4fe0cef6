//! The version in what a program prints about itself.

/// The first version in what a program printed about itself: dotted numbers (`git version
/// 2.47.3`, `jq-1.6`, `go1.22.1`), else a lone number in quotes (`openjdk version "21"`).
pub fn find_in_output(output: &str) -> Option<&str> {
    let mut start = 0;
    let runs = std::iter::from_fn(|| {
        let begin = start + output[start..].find(|c: char| c.is_ascii_digit())?;
        let length = output[begin..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(output.len() - begin);
        start = begin + length;
        Some((begin, output[begin..start].trim_end_matches('.')))
    });
    let runs: Vec<(usize, &str)> = runs.collect();
    let is_quoted =
        |(begin, run): &(usize, &str)| output[..*begin].ends_with('"') && output[begin + run.len()..].starts_with('"');
    let dotted = runs.iter().find(|(begin, run)| run.contains('.') && !output[..*begin].ends_with('.'));
    dotted.or_else(|| runs.iter().find(|run| is_quoted(run))).map(|(_, run)| *run)
}
