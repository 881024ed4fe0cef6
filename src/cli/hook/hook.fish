# devshell's hook for fish 3.6 and later. At each prompt and after each `cd` it compares the times of a few files; only when
# one of them, or the directory, has changed does it start a process.

# Inside of `devshell enter`, what was entered stays: until its start file has run, and as long as its commands come
# before the system's on PATH. In a pane of tmux, a login shell has made PATH from nothing.
if set -q DEVSHELL_ROOT; and not set -q __DEVSHELL_UNDO
    if set -q __DEVSHELL_START; or string match -q '*/links-1/*' -- (string replace -r ':(/usr)?/bin:.*' '' -- ":$(string join : $PATH):")
        exit
    end
end

# Succeeds when nothing has changed since the last time. The directory may be another one of the same name.
function __devshell_cd_is_still
    test "$PWD" = "$__devshell_cd_at"; or return
    test -z "$__devshell_cd_here"; or test . -ef "$__devshell_cd_here"; or return
    for __devshell_cd_file in $__devshell_cd_there
        test -e "$__devshell_cd_file"; and not test "$__devshell_cd_file" -nt "$__devshell_cd_stamp"; or return 1
    end
    for __devshell_cd_file in $__devshell_cd_absent
        not test -e "$__devshell_cd_file"; or return
    end
end

# One change of an answer: a first round looks only for a name that fish has for itself (`status`). A universal variable is
# the user's in all sessions: an empty global one hides it.
function __devshell_cd_put
    if set -q __devshell_cd_looks
        set -l $argv[1] 2>/dev/null; or set -g __devshell_cd_stuck $argv[1]
    else
        set -gx $argv[1] $argv[2]
    end
end
function __devshell_cd_take
    if set -q __devshell_cd_looks
        set -l $argv[1] 2>/dev/null; or set -g __devshell_cd_stuck $argv[1]
    else
        set -eg $argv[1]
        set -qx $argv[1]; and set -gx $argv[1]
    end
end

# Makes the changes of the last answer. A project is entered as a whole, or not at all.
function __devshell_cd_change
    set -g __devshell_cd_looks
    set -e __devshell_cd_stuck
    __devshell_cd_set
    set -e __devshell_cd_looks
    if set -q __devshell_cd_stuck; and test -n "$__devshell_cd_entry"
        set -g __devshell_cd_hook
        set -g __devshell_cd_said "devshell: `$__devshell_cd_stuck` is read-only in this shell, so nothing is loaded"
    else
        __devshell_cd_set
    end
    test -z "$__devshell_cd_said"; or builtin printf '%s\n' $__devshell_cd_said >&2
end

# devshell is not where it was. Another one on PATH takes over; without any, a project can only be left.
function __devshell_cd_find
    set -l __devshell_cd_found (command -s devshell)
    and set -g __devshell_cd_program $__devshell_cd_found
    and return
    set -q __devshell_cd_gone
    or builtin printf 'devshell: `%s` no longer exists, so `cd` loads no more projects\n' $__devshell_cd_program >&2
    set -g __devshell_cd_gone
    set -l __devshell_cd_root "$DEVSHELL_ROOT/"
    test (string sub -l (string length -- $__devshell_cd_root) -- (pwd -P)/) = $__devshell_cd_root; and return 1
    functions -q __devshell_cd_back; and __devshell_cd_back
    functions -e __devshell_cd_back
    return 1
end

# An answer that was interrupted is asked for again at the next prompt.
function __devshell_cd --on-event fish_prompt --on-variable PWD
    __devshell_cd_is_still; and return
    if not test -x "$__devshell_cd_program"; and not __devshell_cd_find
        set -g __devshell_cd_at $PWD
        return
    end
    $__devshell_cd_program on-prompt fish "$__devshell_cd_stamp" | source
    set -l __devshell_cd_ended $pipestatus[1]
    test $__devshell_cd_ended -lt 128; and set -g __devshell_cd_at $PWD
    test $__devshell_cd_ended -eq 0; or return
    __devshell_cd_change
    test -z "$__devshell_cd_hook"; or $__devshell_cd_program on-entered
end

# What is typed at devshell may change what is allowed.
function devshell
    set -g __devshell_cd_at
    command devshell $argv
end
