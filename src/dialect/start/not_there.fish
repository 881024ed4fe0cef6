# Read by the first command that is not there: finds the handler that comes with fish, unless the user has one of their own
# (then start.fish has kept it), and puts ours in front of it. An autoloaded function that was defined before cannot be
# autoloaded any more, so its file is looked for here.
if not builtin functions -q __devshell_users_handler
    for __devshell_directory in $fish_function_path
        test -f $__devshell_directory/fish_command_not_found.fish; or continue
        source $__devshell_directory/fish_command_not_found.fish
        builtin functions -c fish_command_not_found __devshell_users_handler
        break
    end
end

# What devshell knows of a command that is not there; only when that is nothing, the other handler is asked.
function fish_command_not_found
    if not command -q devshell # `command devshell` would lead back here
        builtin printf 'fish: Unknown command: %s\n' (string escape -- $argv[1]) >&2
        return 127
    end
    # A hook of the user's asks for its own programs again and again: what it misses is said once. fish does not say here
    # whether a function is a hook, only that it is of a file.
    set -l __devshell_trace (status stack-trace)
    if string match -q '*called on line * of file *' -- $__devshell_trace[-1]
        contains -- $argv[1] $__devshell_missed; and return 127
        set -ga __devshell_missed $argv[1]
    end
    set -l __devshell_known
    builtin functions -q __devshell_users_handler; and set __devshell_known --known
    command devshell not-there $__devshell_known --shell fish -- "$argv[1]"
    test $status -eq 1; or return 127
    __devshell_users_handler $argv
end
