//! The active registries: whether those that the project needs answer, about something that it
//! wants.

use std::path::Path;

use super::Finding;
use crate::cli::Context;
use crate::manifest::Manifest;
use crate::project::Project;
use crate::source::{Sources, Unreachable};

const CHECK: &str = "registry";

pub fn checks(cx: &Context, project: Option<(&Project, &Manifest)>) -> Vec<Finding> {
    if cx.http.is_offline() {
        return vec![Finding::skipped(CHECK, "not asked, because of --offline")];
    }
    let answers = match project {
        Some((project, manifest)) => cx.road().sources(project, manifest).check(manifest),
        None => {
            let manifest = Manifest::default();
            Sources::without_npmrc(&cx.host, &cx.http, Path::new("/"), &manifest).check(&manifest)
        }
    };
    answers.into_iter().map(finding).collect()
}

fn finding(answer: Result<String, Unreachable>) -> Finding {
    match answer {
        Ok(server) => Finding::good(CHECK, server),
        Err(Unreachable { text, hint }) => Finding::fault(CHECK, text, hint),
    }
}
