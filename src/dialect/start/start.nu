# devshell's start file for nushell: nu --execute 'source START.nu'
#
# nushell runs it behind env.nu and config.nu and puts the dev shell's environment on top of what these left. All values
# come as __DEVSHELL_* variables and are only ever assigned. What is to be remembered lies in `$env.__devshell`: nushell
# hands texts and lists on to other programs, never a record.

def __devshell_say [text: string] { print --stderr $"devshell: ($text)" }

# What a variable's text is in nushell: PATH is a list, and the user may have declared others.
def __devshell_value [name: string, text: string] {
    let conversions = $env.ENV_CONVERSIONS? | default {}
    if $name in $conversions {
        do ($conversions | get $name | get from_string) $text
    } else if $name == PATH {
        $text | split row (char esep)
    } else {
        $text
    }
}

# Whether a name is among some patterns: names, and beginnings with `*` behind them.
def __devshell_is_among [patterns: list<string>] {
    let name = $in
    $patterns | any {|pattern|
        if ($pattern | str ends-with '*') { $name starts-with ($pattern | str trim --right --char '*') } else { $name == $pattern }
    }
}

def __devshell_words [] { default '' | split row ' ' | where $it != '' }

# Puts every named variable in force. What the prompt of nushell is made of are variables too, and stay at isolation `pure`.
def --env __devshell_apply [] {
    let names = $env.__DEVSHELL_NAMES | __devshell_words
    let unset = $env.__DEVSHELL_UNSET | __devshell_words
    let keep = $env.__DEVSHELL_KEEP? | __devshell_words
    let own = [PATH PWD OLDPWD SHLVL TERM HOME 'DEVSHELL_*' '__DEVSHELL_*' 'PROMPT_*' 'TRANSIENT_PROMPT_*' 'NU_*'
        ENV_CONVERSIONS config DIRS_LIST DIRS_POSITION]
    for name in ($env | columns) {
        let is_kept = $env.__DEVSHELL_KEEP? == null or ($name | __devshell_is_among [...$own ...$names ...$keep])
        if not $is_kept or ($name | __devshell_is_among $unset) { hide-env --ignore-errors $name }
    }
    for name in $names {
        let carrier = $env | get --optional $"__DEVSHELL_V_($name)"
        if $carrier != null { load-env { $name: (__devshell_value $name $carrier) } }
    }
}

# The marker before the user's prompt, whatever kind that is and whoever defined it meanwhile.
def --env __devshell_wrap [] {
    let old = $env.PROMPT_COMMAND?
    if ($old | describe) == closure and (view source $old) =~ __devshell_marker { return }
    let __devshell_marker = $env.__devshell.marker
    $env.PROMPT_COMMAND = {||
        let prompt = match ($old | describe) { closure => (do $old), nothing => '', _ => $old }
        if ($env.DEVSHELL_NO_PROMPT? | is-empty) { $"($__devshell_marker)($prompt)" } else { $prompt }
    }
}

def --env __devshell_take_back [] {
    if $env.PATH == $env.__devshell.path { return }
    $env.PATH = $env.__devshell.path
    if not $env.__devshell.noticed {
        $env.__devshell.noticed = true
        __devshell_say "a prompt hook changed PATH; the dev shell's own is restored"
    }
}

def --env __devshell_look [] {
    let state = $env.__devshell
    if not ($state.stamp | path exists) { return }
    let then = ls -D $state.stamp | get 0.modified
    let is_newer = {|file| ($file | path exists) and (ls -D $file | get 0.modified) > $then }
    if ($state.files | any $is_newer) {
        $env.__devshell.files = [] # said once
        __devshell_say 'the manifest or the lock has changed; `devshell reload` applies it'
    }
    if ($state.env_files | any $is_newer) {
        $env.__devshell.env_files = [] # said once
        __devshell_say 'an env file or a file of Nix has changed; `devshell reload` applies it'
    }
}

# One hook or several, with ours around them: what the user's commands did to PATH is meant, what hooks do is not.
def __devshell_around [] {
    let hooks = match ($in | describe --detailed | get type) { nothing => [], list => $in, _ => [$in] }
    [{|| $env.__devshell.path = $env.PATH } ...$hooks {|| __devshell_take_back }]
}

def --env __devshell_hook [] {
    let hooks = $env.config.hooks
    $env.config.hooks.pre_prompt = [
        ...($hooks.pre_prompt? | __devshell_around)
        {|| __devshell_wrap; __devshell_look; __devshell_forget }
    ]
    for name in ($hooks.env_change? | default {} | columns) {
        $env.config.hooks.env_change = $env.config.hooks.env_change | update $name { __devshell_around }
    }
    let old = $hooks.command_not_found?
    $env.config.hooks.command_not_found = {|name|
        let said = try { ^devshell not-there --shell nu $name | complete } catch { { exit_code: 2 } }
        let text = if $said.exit_code == 2 { '' } else { $said.stdout + $said.stderr | str trim }
        if $text != '' { $text } else if ($old | describe) == closure { do $old $name }
    }
}

# Takes out the hooks that __devshell_drop put in: what is typed later is the user's.
def --env __devshell_forget [] {
    if $env.__devshell.dropped == [] { return }
    let dropped = $env.__devshell.dropped
    $env.config.hooks.pre_prompt = $env.config.hooks.pre_prompt | where {|hook| $hook not-in $dropped }
    $env.__devshell.dropped = []
}

# Aliases and functions are bound when a line is parsed, so only a hook that is a text, which is parsed when it runs, can
# take one away. Names with more in them than letters, digits and `._+-` are left alone.
def --env __devshell_drop [] {
    let commands = $env.__DEVSHELL_COMMANDS | __devshell_words | where $it =~ '^[\w.+-]+$'
    let aliases = scope aliases | where {|it| $it.name in $commands and not ($it.expansion =~ $'^\^?($it.name)\b') } | get name
    let functions = scope commands | where type == custom and name in $commands | get name
    for name in $aliases { __devshell_say $"dropped your alias `($name)`, which hid the dev shell's own" }
    for name in $functions { __devshell_say $"dropped your function `($name)`, which hid the dev shell's own" }
    let hooks = [...$aliases ...$functions] | each {|name| $'hide "($name)"' }
    $env.config.hooks.pre_prompt = [...$hooks ...$env.config.hooks.pre_prompt]
    $env.__devshell.dropped = $hooks
}

# Runs once, behind config.nu.
def --env __devshell_finish [] {
    if $env.PWD != $env.__DEVSHELL_CWD { cd $env.__DEVSHELL_CWD }
    __devshell_apply
    $env.__devshell = {
        marker: $env.__DEVSHELL_MARKER
        path: $env.PATH
        noticed: false
        dropped: []
        files: [$env.__DEVSHELL_MANIFEST ($env.DEVSHELL_ROOT | path join devshell.lock)]
        env_files: ($env.__DEVSHELL_ENV_FILES? | default '' | lines)
        stamp: $env.__DEVSHELL_STAMP
        undo: $env.__DEVSHELL_BACK
        again: [--manifest $env.__DEVSHELL_MANIFEST --shell $env.__DEVSHELL_SHELL ...($env.__DEVSHELL_OPTIONS | __devshell_words)]
    }
    __devshell_hook
    __devshell_drop
    for name in ($env | columns | where $it starts-with __DEVSHELL_) { hide-env $name }
}

# To reload is to be replaced, which only the shell itself can have done to it: once everything is ready.
def --wrapped devshell [...arguments] {
    if $arguments == [reload] {
        with-env { __DEVSHELL_UNDO: $env.__devshell.undo } {
            let pipes = ^devshell reload --prepare ...$env.__devshell.again
            # nushell takes the terminal back in another thread, a moment after it has learnt how the command ended.
            sleep 100ms
            $env.__DEVSHELL_PIPES = $pipes
            exec devshell reload ...$env.__devshell.again
        }
    } else {
        ^devshell ...$arguments
    }
}

__devshell_finish
