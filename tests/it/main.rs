//! The integration tests: the real executable in a sandbox, against a registry on the loopback
//! interface. One binary, so that it is linked once; a file for each topic.

mod archives;
mod disk;
mod edit;
mod enter;
mod env;
mod host;
mod init;
mod install;
mod isolation;
mod kills;
mod list;
mod lock;
mod merge;
mod network;
mod project;
mod real;
mod refusal;
mod registries;
mod reliability;
mod resolve;
mod run;
mod schema;
mod support;
mod surroundings;
mod terminal;
mod tidy;
mod transfer;
mod variables;
