//! Works on aqua's registry: measures how devshell chooses files by what the registry says, and makes the catalog of
//! releases from it. No part of devshell's build; `catalog/run` starts it.

mod aqua;
mod generate;
mod measure;
mod noise;
mod template;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: catalog/run measure [--all]\n       catalog/run generate";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("catalog: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments: the directory of the registry, that of the catalog, and what was typed.
fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let [source, catalog, typed @ ..] = arguments else { return Err(USAGE.to_owned()) };
    let read = |name: &str| {
        let path = Path::new(source).join(name);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let registry = aqua::Registry::parse(&read("registry.yml")?)?;
    match typed.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["measure", options @ ..] if options.is_empty() || options == ["--all"] => {
            let (text, is_good) = measure::measure(&registry, !options.is_empty());
            print!("{text}");
            Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ["generate"] => {
            let (json, about) = generate::generate(&registry.newest);
            let notice = format!(
                "`releases.json` is made from the registry of aqua (https://github.com/aquaproj/aqua-registry), whose \
                 license is:\n\n{}",
                read("LICENSE")?
            );
            for (name, text) in [("releases.json", json), ("releases.NOTICE", notice)] {
                let path = Path::new(catalog).join(name);
                std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            println!("{about}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(USAGE.to_owned()),
    }
}
