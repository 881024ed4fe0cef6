# Read by a fish that took the place of the bash or zsh devshell had started: `exec fish` in ~/.bashrc or .zshrc. Those
# put this directory into XDG_DATA_DIRS while the user's file runs. config.fish comes after this file, so that the rest
# has to wait for the first prompt.
if status is-interactive; and set -q __DEVSHELL_START
    function __devshell_vendor --on-event fish_prompt
        functions -e __devshell_vendor
        source $__DEVSHELL_START/start.fish
    end
end
