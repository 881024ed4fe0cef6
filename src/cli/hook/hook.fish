# devshell's hook for fish 3.6 and later. At each prompt it compares the times of a few files; only when one of them, or
# the directory, has changed does it start a process.

# Inside of `devshell enter`, what was entered stays: until its start file has run, and as long as its commands come
# before the system's on PATH. In a pane of tmux, a login shell has made PATH from nothing.
if set -q DEVSHELL_ROOT; and not set -q __DEVSHELL_UNDO
    if set -q __DEVSHELL_START; or string match -q '*/links-1/*' -- (string replace -r ':/usr/bin:.*' '' -- ":$(string join : $PATH):")
        exit
    end
end

# Succeeds when nothing has changed since the last time.
function __devshell_cd_is_still
    test "$PWD" = "$__devshell_cd_at"; or return
    for __devshell_cd_file in $__devshell_cd_there
        test -e "$__devshell_cd_file"; and not test "$__devshell_cd_file" -nt "$__devshell_cd_stamp"; or return 1
    end
    for __devshell_cd_file in $__devshell_cd_absent
        not test -e "$__devshell_cd_file"; or return
    end
end

function __devshell_cd --on-event fish_prompt
    __devshell_cd_is_still; and return
    set -g __devshell_cd_at $PWD
    $__devshell_cd_program on-prompt fish "$__devshell_cd_stamp" | source
end

# What is typed at devshell may change what is allowed.
function devshell
    set -g __devshell_cd_at
    command devshell $argv
end
