//! Which of the caller's variables cross into the dev shell, and which never do. Patterns are
//! names, or a prefix followed by `*`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// Variables that silently change what any program does; no dev shell passes them on.
/// Exported bash functions travel as `BASH_FUNC_name%%` and would shadow tools in every bash.
pub const SCRUBBED: &[&str] = &["LD_*", "DYLD_*", BASH_ENV, "ENV", "BASH_FUNC_*", "GCONV_PATH"];

/// The file that each bash reads first. Under CircleCI it is what one step leaves to the next.
pub const BASH_ENV: &str = "BASH_ENV";

/// What only makes sense together with the PATH it was made for: which virtual environment, conda environment or
/// version of a version manager is active. Where the host's PATH does not cross, programs would act on one that is
/// not there.
pub const WITH_PATH: &[&str] = &[
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "PIPENV_ACTIVE",
    "POETRY_ACTIVE",
    "CONDA_PREFIX",
    "CONDA_PREFIX_*",
    "CONDA_DEFAULT_ENV",
    "CONDA_PROMPT_MODIFIER",
    "CONDA_SHLVL",
    "PYENV_VERSION",
    "PYENV_VIRTUAL_ENV",
    "PYENV_ACTIVATE_SHELL",
    "RBENV_VERSION",
    "NODENV_VERSION",
    "JENV_VERSION",
    "NVM_BIN",
    "NVM_INC",
];

/// What a program needs to know of its surroundings to work at all. The list was gathered from
/// what the pure modes of nix, guix, pixi and devbox let through and from what their users
/// missed (SSH agents and certificates above all).
pub const ALLOWED: &[&str] = &[
    // who and where
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "HOSTNAME",
    "SHLVL",
    "PWD",
    "OLDPWD",
    "TZ",
    "PATH",
    "DEVSHELL_*",
    // terminal
    "TERM",
    "COLORTERM",
    "TERMINFO",
    "TERMINFO_DIRS",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TERM_SESSION_ID",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "LS_COLORS",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "WT_SESSION",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "ZELLIJ*",
    "KITTY_*",
    "WEZTERM_*",
    "ALACRITTY_*",
    "GHOSTTY_*",
    "ITERM_*",
    "INSIDE_EMACS",
    "VSCODE_*",
    // language
    "LANG",
    "LANGUAGE",
    "LC_*",
    "LOCPATH",
    "LOCALE_ARCHIVE",
    // display
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "WAYLAND_SOCKET",
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_*",
    // agents
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_CONNECTION",
    "SSH_TTY",
    "SSH_ASKPASS",
    "GIT_ASKPASS",
    "GPG_TTY",
    "GPG_AGENT_INFO",
    "GNUPGHOME",
    "SUDO_USER",
    // what git tells its hooks: which repository, and which index
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_REFLOG_ACTION",
    "GIT_PUSH_OPTION_*",
    "GIT_EDITOR",
    "GIT_AUTHOR_*",
    "GIT_COMMITTER_*",
    // certificates
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "CARGO_HTTP_CAINFO",
    "AWS_CA_BUNDLE",
    "DENO_CERT",
    "DENO_TLS_CA_STORE",
    "BUNDLE_SSL_CA_CERT",
    "HTTPLIB2_CA_CERTS",
    // proxies
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    "rsync_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "RSYNC_PROXY",
    // directories
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    // taste
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LESS",
    "BROWSER",
    "MANPAGER",
    // WSL and macOS
    "WSL_DISTRO_NAME",
    "WSL_INTEROP",
    "WSLENV",
    "__CF_USER_TEXT_ENCODING",
    "XPC_FLAGS",
    "XPC_SERVICE_NAME",
    "DEVELOPER_DIR",
];

/// What CI systems tell a job about itself. They carry tokens, so they cross only under CI.
pub const ALLOWED_UNDER_CI: &[&str] = &[
    "CI",
    "CONTINUOUS_INTEGRATION",
    "BUILD_*",
    "RUN_ID",
    "GITHUB_*",
    "RUNNER_*",
    "ACTIONS_*",
    "CI_*",
    "GITLAB_*",
    "BUILDKITE*",
    "CIRCLE*",
    "TRAVIS*",
    "JENKINS_*",
    "JOB_*",
    "WORKSPACE",
    "TF_BUILD",
    "AGENT_*",
    "SYSTEM_*",
    "BITBUCKET_*",
    "TEAMCITY_*",
    "DRONE*",
    "SEMAPHORE*",
    "APPVEYOR*",
    "CODEBUILD_*",
    "WOODPECKER*",
];

/// What a build inside a wall gets: who and where, the language, compilers and their settings.
const FOR_BUILDS: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "TZ",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "LOCPATH",
    "LOCALE_ARCHIVE",
    "CC",
    "CXX",
    "CPP",
    "FC",
    "F77",
    "F90",
    "LD",
    "AR",
    "AS",
    "NM",
    "RANLIB",
    "STRIP",
    "OBJCOPY",
    "MAKE",
    "MAKEFLAGS",
    "MAX_JOBS",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "FFLAGS",
    "LDFLAGS",
    "LIBS",
    "ARCHFLAGS",
    "RUSTFLAGS",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "LIBRARY_PATH",
    "PKG_CONFIG",
    "PKG_CONFIG_*",
    "PG_CONFIG",
    "LLVM_CONFIG",
    "CMAKE_*",
    "NINJA*",
    "MESON*",
    "CARGO_BUILD_*",
    "CYTHON_*",
    "NPY_*",
    "SETUPTOOLS_*",
    "DISTUTILS_*",
    "SOURCE_DATE_EPOCH",
    "MACOSX_DEPLOYMENT_TARGET",
];

/// The same, by how names end: where libraries are, as many builds have variables of their own for.
const FOR_BUILDS_ENDING: &[&str] = &[
    "_CFLAGS",
    "_CXXFLAGS",
    "_LDFLAGS",
    "_LIBS",
    "_DIR",
    "_HOME",
    "_PREFIX",
    "_ROOT",
    "_INCLUDE_PATH",
    "_LIBRARY_PATH",
];

/// Whether a variable of the caller's is for builds inside a wall. A secret is not: the built files could take it along.
pub fn is_for_builds(name: &OsStr, value: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let ends = || FOR_BUILDS_ENDING.iter().any(|end| text.ends_with(end)) && !text.starts_with("GIT_");
    let is_of_list = FOR_BUILDS.iter().any(|pattern| matches(pattern, name)) || ends();
    is_of_list && !is_secret(name, value) && !SCRUBBED.iter().any(|pattern| matches(pattern, name))
}

/// The commands any script may count on, which PATH keeps at every level: what POSIX and the
/// Linux Standard Base expect, by the Debian package they come from.
pub const BASE_UTILITIES: &str = include_str!("base-utilities.txt");

/// The commands of the host that people and their prompts want while they type. They come last
/// on PATH, so that they never hide a pinned tool.
pub const SESSION_COMMANDS: &str = include_str!("session-commands.txt");

/// The commands of such a list.
pub fn commands(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// What is shown instead of a secret value.
pub const NOT_SHOWN: &str = "(not shown)";

/// What the names of variables hold whose values are private, in any case.
const SECRET_WORDS: &[&str] = &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "KEY", "CREDENTIAL"];

/// Whether a variable's value is not to be shown: because of its name, or of a login in an address
/// in it. devshell's own variables hold none. What env files give is not shown either; `Secrets`
/// knows those.
pub fn is_secret(name: &OsStr, value: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    !name.starts_with("DEVSHELL_")
        && (SECRET_WORDS.iter().any(|word| name.contains(word)) || has_login(&value.to_string_lossy()))
}

/// Whether an address (RFC 3986) in the text has a password in it. On the web a user alone is a
/// token as often as not.
fn has_login(text: &str) -> bool {
    text.match_indices("://").any(|(index, separator)| {
        let is_end = |c: char| c.is_whitespace() || "/?#\"'`<>\\".contains(c);
        let authority = text[index + separator.len()..].split(is_end).next().unwrap_or_default();
        let is_web = text[..index].ends_with("http") || text[..index].ends_with("https");
        let login = authority.rsplit_once('@').map(|(login, _)| login);
        login.is_some_and(|login| match login.split_once(':') {
            Some((_, password)) => !password.is_empty(),
            None => is_web && !login.is_empty(),
        })
    })
}

/// Whether a pattern matches a variable's name.
pub fn matches(pattern: &str, name: &OsStr) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.as_bytes().starts_with(prefix.as_bytes()),
        None => name.as_bytes() == pattern.as_bytes(),
    }
}

/// Whether any of the patterns matches a variable's name.
pub fn matches_any(patterns: &[String], name: &OsStr) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_get_what_tells_compilers_and_no_secret() {
        for (name, value, expected) in [
            ("CC", "clang", true),
            ("LC_ALL", "C", true),
            ("OPENSSL_DIR", "/opt/openssl", true),
            ("API_TOKEN", "x", false),
            ("TOKEN_DIR", "/x", false),
            ("GIT_DIR", "/x", false),
            ("LD_LIBRARY_PATH", "/x", false),
            ("SSH_AUTH_SOCK", "/x", false),
            ("AWS_PROFILE", "x", false),
            ("CFLAGS", "-Dx=https://me:secret@a.example/", false),
        ] {
            assert_eq!(is_for_builds(OsStr::new(name), OsStr::new(value)), expected, "{name}");
        }
    }

    #[test]
    fn patterns_match_names_and_prefixes() {
        for (pattern, name, expected) in [
            ("LD_*", "LD_PRELOAD", true),
            ("LD_*", "LD_", true),
            ("LD_*", "OLD_", false),
            ("ENV", "ENV", true),
            ("ENV", "ENVX", false),
        ] {
            assert_eq!(matches(pattern, OsStr::new(name)), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn secrets_are_known_by_name_and_by_login() {
        for (name, value, expected) in [
            ("API_TOKEN", "", true),
            ("npm_config__authToken", "x", true),
            ("AWS_SECRET_ACCESS", "x", true),
            ("DEVSHELL_KEY", "x", false),
            ("PGPASSWORD", "x", true),
            ("DATABASE_URL", "postgres://shop:pa%2Fss@db/shop", true),
            ("DATABASE_URL", "postgres://shop@db/shop", false),
            ("DATABASE_URL", "postgres:///shop?host=/run", false),
            ("URL", "see https://ghp_1234@example.org/x", true),
            ("URL", "http://u:@example.org", false),
            ("URL", "https://example.org:8080/@a/b:c", false),
            ("URL", "ssh://git@example.org/x", false),
            ("URLS", "http://a/ http://u:p@b/", true),
            ("LOG", "info", false),
        ] {
            assert_eq!(is_secret(OsStr::new(name), OsStr::new(value)), expected, "{name}={value}");
        }
    }

    #[test]
    fn nothing_scrubbed_is_allowed() {
        for scrubbed in SCRUBBED.iter().chain(WITH_PATH) {
            let name = scrubbed.trim_end_matches('*');
            assert!(!ALLOWED.iter().any(|allowed| matches(allowed, OsStr::new(name))), "{scrubbed}");
        }
    }
}
