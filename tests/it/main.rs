//! The integration tests: the real executable in a sandbox, against a registry on the loopback
//! interface. One binary, so that it is linked once; a file for each topic.

mod install;
mod schema;
mod support;
mod tidy;
