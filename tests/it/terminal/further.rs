//! How each of the further shells says the same thing.

use std::ffi::OsString;

use crate::support::Sandbox;

/// A shell beside bash, zsh and fish.
pub struct Further {
    /// The executable.
    pub name: &'static str,
    /// The user's rc file, below the home directory.
    pub rc: &'static str,
    /// What stands in it always: the prompt `ready> `, and `greet`, which says hello.
    pub own: &'static str,
    /// What of it must not win, and what is said about that, all in all.
    pub cases: &'static [(&'static str, &'static [&'static str])],
    /// Whether it begins again without a file that ends the shell.
    pub begins_again: bool,
    /// Something that happens to PATH at each prompt; none where the shell has no hook.
    pub hook: Option<&'static str>,
    /// Puts `/typed` in front of PATH.
    pub prepend_to_path: &'static str,
    /// Prints the number of the shell's process; none where `devshell reload` is not to be had.
    pub process: Option<&'static str>,
    /// Whether a changed manifest is noted.
    pub notes_changes: bool,
    /// Holds any bytes in variables.
    pub holds_bytes: bool,
}

pub const ALIAS: &str = "devshell: dropped your alias `node`, which hid the dev shell's own";
pub const FUNCTION: &str = "devshell: dropped your function `node`, which hid the dev shell's own";
pub const HOOK: &str = "devshell: a prompt hook changed PATH; the dev shell's own is restored";

const POSIX: Further = Further {
    name: "dash",
    rc: ".shrc",
    own: "PS1='ready> '\ngreet() { echo hello; }\n",
    cases: &[
        ("PATH=/usr/bin:$PATH", &[]),
        ("export PATH=/usr/bin COLOUR=red LD_X=1 NODE_OPTIONS=x; cd /", &[]),
        ("unset PATH COLOUR", &[]),
        ("alias node='echo ALIAS'", &[ALIAS]),
        ("alias node='node '", &[]),
        ("node() { echo FUNCTION; }", &[FUNCTION]),
        ("return 1", &[]),
        ("PS1='ready> /$PWD> '", &[]),
        ("set -a; IFS=x", &[]),
        ("cd() { :; }; alias export=nope unset=nope eval=nope command=nope set=nope", &[]),
    ],
    begins_again: false,
    hook: None,
    prepend_to_path: "PATH=/typed:$PATH",
    process: Some("echo $$"),
    notes_changes: false,
    holds_bytes: true,
};

pub const FURTHER: [Further; 11] = [
    Further {
        name: "nu",
        rc: ".config/nushell/config.nu",
        own: "$env.config.show_banner = false\n$env.PROMPT_COMMAND = {|| 'ready' }\n\
              $env.PROMPT_COMMAND_RIGHT = ''\ndef greet [] { print hello }\n",
        cases: &[
            ("$env.PATH = ($env.PATH | prepend /usr/bin)", &[]),
            ("$env.PATH = [/usr/bin]; $env.COLOUR = 'red'; $env.LD_X = '1'; $env.NODE_OPTIONS = 'x'; cd /", &[]),
            ("hide-env COLOUR", &[]),
            ("alias node = echo ALIAS", &[ALIAS]),
            ("alias node = node", &[]),
            ("def node [...rest] { print FUNCTION }", &[FUNCTION]),
            ("error make { msg: oops }", &[]),
        ],
        begins_again: false,
        hook: Some("$env.config.hooks.pre_prompt = [{|| $env.PATH = ($env.PATH | prepend /usr/bin) }]"),
        prepend_to_path: "$env.PATH = ($env.PATH | prepend /typed)",
        process: Some("$nu.pid"),
        notes_changes: true,
        holds_bytes: false,
    },
    Further {
        name: "xonsh",
        rc: ".xonshrc",
        own: "$PROMPT = 'ready> '\n$SHELL_TYPE = 'readline'\naliases['greet'] = 'echo hello'\n",
        cases: &[
            ("$PATH.insert(0, '/usr/bin')", &[]),
            ("$PATH = ['/usr/bin']\n$COLOUR = 'red'\n$LD_X = '1'\n$NODE_OPTIONS = 'x'\ncd /", &[]),
            ("del $COLOUR", &[]),
            ("aliases['node'] = 'echo ALIAS'", &[ALIAS]),
            ("aliases['node'] = 'node'", &[]),
            ("def node():\n    print('FUNCTION')", &[FUNCTION]),
            ("1 / 0", &[]),
        ],
        begins_again: false,
        hook: Some("@events.on_pre_prompt\ndef hook(**kw):\n    $PATH.insert(0, '/usr/bin')"),
        prepend_to_path: "$PATH.insert(0, '/typed')",
        process: Some("print(__import__('os').getpid())"),
        notes_changes: true,
        holds_bytes: true,
    },
    Further {
        name: "elvish",
        rc: ".config/elvish/rc.elv",
        own: "set edit:prompt = { print 'ready> ' }\nset edit:rprompt = { }\nfn greet { echo hello }\n",
        cases: &[
            ("set paths = [/usr/bin $@paths]", &[]),
            ("set paths = [/usr/bin]; set E:COLOUR = red; set E:LD_X = 1; set E:NODE_OPTIONS = x; cd /", &[]),
            ("unset-env COLOUR", &[]),
            ("fn node {|@a| echo FUNCTION }", &[FUNCTION]),
            ("edit:add-var node~ {|@a| echo FUNCTION }", &[]),
            ("fail oops", &["devshell: your ~/.config/elvish/rc.elv failed: [&content=oops &type=fail]"]),
        ],
        begins_again: false,
        hook: Some("set edit:before-readline = [$@edit:before-readline { set paths = [/usr/bin $@paths] }]"),
        prepend_to_path: "set paths = [/typed $@paths]",
        process: Some("echo $pid"),
        notes_changes: false,
        holds_bytes: true,
    },
    Further { name: "ksh", rc: ".kshrc", begins_again: true, ..POSIX },
    Further { name: "mksh", rc: ".mkshrc", begins_again: true, ..POSIX },
    Further { name: "yash", rc: ".yashrc", begins_again: true, ..POSIX },
    POSIX,
    Further { name: "sh", ..POSIX },
    Further { name: "ash", ..POSIX },
    Further { name: "busybox", ..POSIX },
    Further {
        name: "tcsh",
        rc: ".tcshrc",
        own: "set prompt = 'ready> '\nalias greet 'echo hello'\n",
        cases: &[
            ("setenv PATH /usr/bin:$PATH", &[]),
            ("setenv PATH /usr/bin; setenv COLOUR red; setenv LD_X 1; setenv NODE_OPTIONS x; cd /", &[]),
            ("unsetenv PATH COLOUR", &[]),
            ("alias node 'echo ALIAS'", &[ALIAS]),
            ("alias node 'node'", &[]),
            ("setenv COLOUR red; echo $NO_SUCH_VARIABLE", &[]),
            ("exit 3", &[]),
        ],
        begins_again: false,
        hook: Some("alias precmd 'setenv PATH /usr/bin:$PATH'"),
        prepend_to_path: "setenv PATH /typed:$PATH",
        process: None,
        notes_changes: false,
        holds_bytes: true,
    },
];

impl Further {
    /// Writes the user's rc file: what stands in it always, and what the test is about.
    pub fn write_rc(&self, sandbox: &Sandbox, more: &str) {
        sandbox.write(sandbox.home().join(self.rc), format!("{}{more}\n", self.own));
    }

    pub fn is_posix(&self) -> bool {
        self.own == POSIX.own
    }

    /// The variables by which it finds that file.
    pub fn variables(&self, sandbox: &Sandbox) -> Vec<(&'static str, OsString)> {
        let names_it = self.rc == POSIX.rc;
        names_it.then(|| ("ENV", sandbox.home().join(self.rc).into())).into_iter().collect()
    }
}
