//! The integration tests: the real executable in a sandbox, against a registry on the loopback
//! interface. One binary, so that it is linked once; a file for each topic.

mod bound;
mod completions;
mod doctor;
mod edit;
mod enter;
mod env;
mod gc;
mod host;
mod init;
mod install;
mod isolation;
mod list;
mod lock;
mod merge;
mod offline;
mod project;
mod real;
mod refusal;
mod registries;
mod resolve;
mod run;
mod schema;
mod search;
mod support;
mod surroundings;
mod terminal;
mod tidy;
mod transfer;
mod trees;
mod update;
mod url;
mod url_formats;
mod variables;
mod verify;
mod which;
