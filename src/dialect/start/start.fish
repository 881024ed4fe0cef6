# devshell's start file for fish 3.6 and later: fish -i -C 'source "$__DEVSHELL_START/start.fish"'
#
# fish runs it behind config.fish and puts the dev shell's environment on top of what that left. All values come as
# __DEVSHELL_* variables and are only ever assigned, never evaluated. A command substitution costs 0.2 ms even for a
# builtin, half of what a bash takes to start, so lists are split by `string match` into named groups instead.
# Universal variables belong to all sessions of the user: they are hidden behind global ones, never changed.

function __devshell_say
    builtin printf 'devshell: %s\n' $argv >&2
end

# Puts every named variable in force. fish splits imported variables at `:` if their name ends in PATH; that of a
# variable and of its copy __DEVSHELL_V_<NAME> end alike, so lists stay lists. A universal fish_user_paths would come
# in front of PATH whenever it changes; an empty global one hides it.
function __devshell_apply
    set -g fish_user_paths
    string match -aqr '(?<__devshell_names>\S+)' -- "$__DEVSHELL_NAMES"
    set -l __devshell_overridden
    for __devshell_name in $__devshell_names
        set -l __devshell_value __DEVSHELL_V_$__devshell_name
        set -q $__devshell_value; or continue
        # Before config.fish, all but PATH had these very values.
        test "$$__devshell_name" = "$$__devshell_value" -o $__devshell_name = PATH
        or set -a __devshell_overridden $__devshell_name
        set -gx $__devshell_name $$__devshell_value
    end 2>/dev/null # some names are read-only in fish: PWD, status
    set -q __devshell_overridden[1]
    and command devshell overridden --shell fish $__devshell_overridden
end

# Leaves in __devshell_regex what the glob patterns $argv mean, as one regular expression.
function __devshell_globs
    set -g __devshell_regex (string replace -a '*' '\S*' -- "$argv" | string replace -ar '\s+' '|')
end

# Unsets what __DEVSHELL_UNSET matches; at isolation `pure`, turns what __DEVSHELL_KEEP does not into plain variables.
function __devshell_unset
    set -l __devshell_exported (set -nx)
    __devshell_globs $__DEVSHELL_UNSET
    string match -aqr "(?<!\S)(?=\S)(?<__devshell_found>$__devshell_regex)(?!\S)" -- "$__devshell_exported"
    string match -aqr '(?<__devshell_own>\S+)' -- "$__DEVSHELL_NAMES"
    for __devshell_name in $__devshell_found
        contains -- $__devshell_name $__devshell_own; and continue # set again below
        set -eg $__devshell_name
        # Still there: universal. An empty global one is all that can be put before it.
        set -qx $__devshell_name; and set -gx $__devshell_name
    end
    if set -q __DEVSHELL_KEEP
        __devshell_globs 'PATH PWD OLDPWD SHLVL TERM HOME DEVSHELL_* __DEVSHELL_*' $__DEVSHELL_NAMES $__DEVSHELL_KEEP
        string match -aqr "(?<!\S)(?!(?:$__devshell_regex)(?!\S))(?<__devshell_found>\S+)" -- "$__devshell_exported"
        for __devshell_name in $__devshell_found
            set -gu $__devshell_name $$__devshell_name
        end
    end 2>/dev/null
    set -e __devshell_regex
end

# Defines the user's own aliases of config.json, `name=command` and a newline each.
function __devshell_define
    string match -aqr '(?<__devshell_aliases>[^\n]+)\n' -- "$__DEVSHELL_ALIASES"
    for __devshell_alias in $__devshell_aliases
        string match -qr '^(?<__devshell_name>[^=]+)=(?<__devshell_value>.*)$' -- $__devshell_alias
        alias -- $__devshell_name $__devshell_value
    end
end

# Drops functions, aliases (functions too, with a telling description) and abbreviations that hide a pinned command.
# One that comes with fish (`ls`, `grep`) and an alias that adds options to its own name call `command NAME`, and stay.
function __devshell_drop
    string match -aqr '(?<__devshell_commands>\S+)' -- "$__DEVSHELL_COMMANDS"
    set -l __devshell_regex (string escape --style=regex -- $__devshell_commands | string join '|')
    set -l __devshell_functions (builtin functions -an)
    string match -aqr "(?<!\S)(?=\S)(?<__devshell_found>$__devshell_regex)(?!\S)" -- "$__devshell_functions"
    for __devshell_name in $__devshell_found
        set -l __devshell_details (builtin functions -Dv $__devshell_name)
        string match -q "$__fish_data_dir/functions/*" -- $__devshell_details[1]; and continue
        test "$__devshell_details[1]" = n/a; and continue # its file defines none after all
        set -l __devshell_kind function
        if string match -q 'alias *' -- $__devshell_details[5]
            builtin functions $__devshell_name | string match -qr "\bcommand \Q$__devshell_name\E(?!\S)"; and continue
            set __devshell_kind alias
        end
        builtin functions -e $__devshell_name
        __devshell_say "dropped your $__devshell_kind `$__devshell_name`, which hid the dev shell's own"
    end
    builtin abbr -q $__devshell_commands; or return
    for __devshell_name in $__devshell_commands
        builtin abbr -q $__devshell_name; or continue
        builtin abbr | string match -qr "^abbr .* \Q$__devshell_name\E '?\Q$__devshell_name\E(?![^\s'])"; and continue
        # fish 3.6: `abbr -e` erases the universal variable of an abbreviation from before 3.6 too, for good.
        if set -qU _fish_abbr_$__devshell_name
            builtin abbr -a -- $__devshell_name $__devshell_name
        else
            builtin abbr -e $__devshell_name
        end
        __devshell_say "dropped your abbreviation `$__devshell_name`, which hid the dev shell's own"
    end
end

# Drops aliases whose own command is gone (`alias ls=eza`). To find them among hundreds of functions takes 36 ms, but an
# alias declares what it wraps, and few completions are loaded this early.
function __devshell_drop_dead
    set -l __devshell_regex '^complete (?<__devshell_name>[\w.+-]+) --wraps \'?(?:(?:\w+=\S*|command) )*'
    set __devshell_regex $__devshell_regex'(?<__devshell_command>[\w.+-]+)(?=[\s\']|$)'
    for __devshell_line in $argv
        string match -qr $__devshell_regex -- $__devshell_line; or continue
        builtin type -q -- $__devshell_command; and continue
        string match -q 'alias *' -- (builtin functions -Dv $__devshell_name)[5]; and builtin functions -e $__devshell_name
    end
end

# Wraps fish_prompt. The user's prompt comes first, because nothing may run before it that changes $status or
# $pipestatus; then PATH is taken back from hooks and prompt, and the marker shown.
function __devshell_wrap
    functions -q __devshell_prompt; and functions -e __devshell_prompt
    functions -c fish_prompt __devshell_prompt
    function fish_prompt --description "devshell: marker before the user's prompt"
        set -l __devshell_lines (__devshell_prompt)
        if test "$PATH" != "$__devshell_path"
            set -gx PATH $__devshell_path
            if not set -q __devshell_noticed
                set -g __devshell_noticed
                __devshell_say "a prompt hook changed PATH; the dev shell's own is restored"
            end
        end
        test -n "$DEVSHELL_NO_PROMPT"; or printf %s "$__devshell_marker"
        string join \n -- $__devshell_lines
    end
end

# Runs once, behind config.fish.
function __devshell_finish
    # The bash or zsh that was replaced by this fish (`exec fish` in its start file) left our share directory here.
    if string match -q "$__DEVSHELL_START/share:*" -- "$XDG_DATA_DIRS"
        set -eg XDG_DATA_DIRS
        set -q __DEVSHELL_XDG_DATA_DIRS; and set -gx XDG_DATA_DIRS $__DEVSHELL_XDG_DATA_DIRS
    end
    test "$PWD" = "$__DEVSHELL_CWD"; or builtin cd $__DEVSHELL_CWD
    __devshell_unset
    __devshell_apply
    set -q __DEVSHELL_ALIASES; and __devshell_define
    __devshell_drop
    __devshell_drop_dead (complete)
    set -g __devshell_marker $__DEVSHELL_MARKER
    set -g __devshell_path "$PATH"
    __devshell_wrap
    set -g __devshell_start $__DEVSHELL_START
    set -g __devshell_manifest $__DEVSHELL_MANIFEST
    set -g __devshell_lock $DEVSHELL_ROOT/devshell.lock
    set -g __devshell_stamp $__DEVSHELL_STAMP
    set -g __devshell_env_stamp $__DEVSHELL_STAMP
    string match -aqr '(?<__devshell_files>[^\n]+)' -- "$__DEVSHELL_ENV_FILES"
    and set -g __devshell_env_files $__devshell_files
    set -g __devshell_again --manifest $__DEVSHELL_MANIFEST --shell $__DEVSHELL_SHELL
    string match -aqr '(?<__devshell_options>\S+)' -- "$__DEVSHELL_OPTIONS"
    and set -a __devshell_again $__devshell_options
    set -g __devshell_undo $__DEVSHELL_BACK
    set -eg (set -n | string match '__DEVSHELL_*')
    functions -e __devshell_apply __devshell_define __devshell_globs __devshell_unset __devshell_drop \
        __devshell_drop_dead __devshell_finish
end

# What the user's commands did to PATH is meant; only what happens between here and the prompt is not.
function __devshell_typed --on-event fish_postexec
    set -g __devshell_path "$PATH"
end

# A hook that defines fish_prompt anew at each prompt, or a theme chosen later, is wrapped again.
function __devshell_rewrap --on-event fish_prompt
    string match -q 'devshell:*' -- (functions -Dv fish_prompt)[5]; or __devshell_wrap
    if test -n "$__devshell_stamp"
        test "$__devshell_manifest" -nt "$__devshell_stamp"; or test "$__devshell_lock" -nt "$__devshell_stamp"; or return
        test -e "$__devshell_stamp"
        and __devshell_say 'the manifest or the lock has changed; `devshell reload` applies it'
        set -g __devshell_stamp # said once
    end
end

# The same for env files, where there are any.
function __devshell_look_at_env_files --on-event fish_prompt
    for __devshell_file in $__devshell_env_files
        test "$__devshell_file" -nt "$__devshell_env_stamp"; or continue
        __devshell_say 'an env file or a file of Nix has changed; `devshell reload` applies it'
        set -g __devshell_env_files # said once
        return
    end
end

# A command that is not there. The user's own handler is kept. The one that comes with fish takes 0.6 ms to load, and could
# not be told from it afterwards: with an empty path, which has to be the global one, there is no file to load it from.
set -l __devshell_function_path $fish_function_path
set -g fish_function_path
builtin functions -q fish_command_not_found
and builtin functions -c fish_command_not_found __devshell_users_handler
set -g fish_function_path $__devshell_function_path
# The first one reads what is to be said of it, which puts another function in the place of this.
function fish_command_not_found
    source $__devshell_start/not_there.fish
    fish_command_not_found $argv
end

# To reload is to be replaced, which only the shell itself can have done to it: once everything is ready.
function devshell
    if test "$argv" != reload
        command devshell $argv
        return
    end
    set -lx __DEVSHELL_UNDO $__devshell_undo
    set -lx __DEVSHELL_PIPES (command devshell reload --prepare $__devshell_again); or return
    exec devshell reload $__devshell_again
end

__devshell_finish
