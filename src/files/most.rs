//! How many bytes each kind of file may have, in one place. A bound is far beyond what anybody writes, and far
//! below what a machine that enters a project could miss.

/// `devshell.json`, before the user has decided anything about it. Ours are below 4 KiB.
pub const MANIFEST: u64 = 1 << 20;
/// The user's `config.json`.
pub const CONFIG: u64 = 1 << 20;
/// A lock. One of 500 tools and 2,000 Python packages has about 3 MiB.
pub const LOCK: u64 = 64 << 20;
/// An env file. What is in it has to fit into an environment.
pub const ENV_FILE: u64 = 1 << 20;
/// A script that a hook names.
pub const HOOK: u64 = 16 << 20;
/// `.npmrc`, `.netrc`, `pip.conf`, `uv.toml`, apt's files: settings of registries.
pub const SETTINGS: u64 = 4 << 20;
/// `pyproject.toml`, and files of requirements with their hashes.
pub const REQUIREMENTS: u64 = 4 << 20;
/// `uv.lock`, `pylock.toml` and npm's `package-lock.json`.
pub const PACKAGE_LOCK: u64 = 64 << 20;
/// The keys that sign indexes of Debian packages. Debian's own keyring has 60 KiB.
pub const KEYS: u64 = 16 << 20;
/// A file of a package that says what the package is, in the store: `package.json`, `METADATA`, `RECORD`,
/// `postinst`. TensorFlow's `RECORD` has 2 MiB.
pub const DESCRIPTION: u64 = 16 << 20;
/// What devshell keeps in its cache: an environment, the metadata of a package, the names of an index.
pub const CACHE: u64 = 64 << 20;
/// The reduced list of packages of a Debian suite, in the cache. That of trixie has 9 MiB.
pub const INDEX: u64 = 1 << 30;
/// A list of the files of an object in the store, with their hashes: about 100 bytes for each of them.
pub const LIST: u64 = 512 << 20;
/// A root, a report of the background, a link: small files of devshell's own.
pub const RECORD: u64 = 16 << 20;
/// An approval: a digest for each key of the files it is about, the lock among them.
pub const APPROVAL: u64 = 64 << 20;
/// A program or library of a Debian package, which is patched in memory. LLVM's library has 120 MiB.
pub const PROGRAM: u64 = 512 << 20;
/// The record of a task: about 100 bytes for each file that it reads or makes.
pub const TASK: u64 = 512 << 20;
/// The first line of a script; no kernel reads more.
pub const FIRST_LINE: u64 = 4 << 10;
/// A file of the machine: `/etc/passwd`, `/proc/…`.
pub const MACHINE: u64 = 16 << 20;
/// A file or answer that the user names on the command line.
pub const NAMED: u64 = 64 << 20;
