# devshell's start file for elvish 0.19 and later: elvish -rc start.elv
#
# `-rc` stands in place of the user's rc.elv. That is read here first, its names are given to the session, and then the dev
# shell's environment is put on top of what it left. All values come as __DEVSHELL_* variables and are only ever assigned.

use path
use str

fn -say {|text| echo 'devshell: '$text >&2 }

fn -words {|name|
  if (has-env __DEVSHELL_$name) { each {|word| if (not-eq $word '') { put $word } } [(str:split ' ' (get-env __DEVSHELL_$name))] }
}

fn -is-among {|name patterns|
  for pattern $patterns {
    if (or (eq $name $pattern) (and (str:has-suffix $pattern '*') (str:has-prefix $name (str:trim-suffix $pattern '*')))) {
      put $true
      return
    }
  }
  put $false
}

var commands = [(-words COMMANDS)]

# Functions that hide a pinned command are dropped on their way to the session.
fn -give {|names|
  var given = [&]
  for name [(keys $names)] {
    if (and (str:has-suffix $name '~') (has-value $commands (str:trim-suffix $name '~'))) {
      -say 'dropped your function `'(str:trim-suffix $name '~')'`, which hid the dev shell''s own'
    } else {
      set given[$name] = $names[$name]
    }
  }
  edit:add-vars $given
}

# Where elvish looks: the XDG directory, and the place from before.
fn -rc-file {
  var config = ~/.config
  if (and (has-env XDG_CONFIG_HOME) (not-eq $E:XDG_CONFIG_HOME '')) { set config = $E:XDG_CONFIG_HOME }
  for file [$config/elvish/rc.elv ~/.elvish/rc.elv] {
    if (path:is-regular &follow-symlink=$true $file) {
      put $file
      return
    }
  }
  put ''
}

# A file that does not compile has no names; elvish 0.19 panics over these, so the file itself says that it runs.
fn -read-rc-file {
  var file = (-rc-file)
  if (eq $file '') { return }
  try {
    eval 'set-env __DEVSHELL_V_RUNS 1; '(slurp < $file) &on-end={|names| if (has-env __DEVSHELL_V_RUNS) { -give $names } }
  } catch error {
    -say 'your '$file' failed: '(to-string $error[reason])
  }
}

# elvish cannot list its variables, `env` can; it is found once PATH is the dev shell's.
fn -apply {
  for name [(-words NAMES)] {
    if (has-env __DEVSHELL_V_$name) { set-env $name (get-env __DEVSHELL_V_$name) }
  }
  var names = [(-words NAMES)]
  var unset = [(-words UNSET)]
  var keep = [PATH PWD OLDPWD SHLVL TERM HOME 'DEVSHELL_*' '__DEVSHELL_*' (-words KEEP)]
  for line [(e:env -0 | from-terminated "\x00")] {
    var name = [(str:split &max=2 '=' $line)][0]
    var is-kept = (or (not (has-env __DEVSHELL_KEEP)) (-is-among $name $keep))
    if (and (not (has-value $names $name)) (or (-is-among $name $unset) (not $is-kept))) { unset-env $name }
    if (str:has-prefix $name __DEVSHELL_V_) { unset-env $name }
  }
}

if (not (has-env __DEVSHELL_NO_RC)) { -read-rc-file } # else started again
if (not-eq $pwd $E:__DEVSHELL_CWD) { cd $E:__DEVSHELL_CWD }
var undo = $E:__DEVSHELL_BACK
var again = [--manifest $E:__DEVSHELL_MANIFEST --shell $E:__DEVSHELL_SHELL (-words OPTIONS)]
var marker = $E:__DEVSHELL_MARKER
-apply
# Those that the file gave to the session by itself; elvish does not say whether there was one.
for name $commands { edit:del-var $name'~' }

# What the user's commands did to PATH is meant, what hooks do is not.
var path = $E:PATH
var noticed = $false
set edit:after-command = [{|_| set path = $E:PATH } $@edit:after-command]

# The marker before the user's prompt, whoever defined it meanwhile. elvish collects values and bytes one beside the other:
# a prompt that prints bytes waits until the marker has surely been collected.
var own-prompt = $edit:prompt
fn -prompt {
  if (or (not (has-env DEVSHELL_NO_PROMPT)) (eq $E:DEVSHELL_NO_PROMPT '')) {
    put $marker
    sleep 1ms
  }
  $own-prompt
}

set edit:before-readline = [$@edit:before-readline {
  if (not-eq $E:PATH $path) {
    set-env PATH $path
    if (not $noticed) { -say 'a prompt hook changed PATH; the dev shell''s own is restored' }
    set noticed = $true
  }
  if (not-eq $edit:prompt $-prompt~) {
    set own-prompt = $edit:prompt
    set edit:prompt = $-prompt~
  }
}]

# To reload is to be replaced, which only the shell itself can have done to it: once everything is ready.
edit:add-var devshell~ {|@arguments|
  if (not-eq $arguments [reload]) {
    e:devshell $@arguments
  } else {
    tmp E:__DEVSHELL_UNDO = $undo
    tmp E:__DEVSHELL_PIPES = (e:devshell reload --prepare $@again | slurp)
    exec devshell reload $@again
  }
}

for name [NAMES UNSET KEEP COMMANDS MARKER START SHELL CWD MANIFEST STAMP OPTIONS ALIASES BACK ENV_FILES NO_RC] { unset-env __DEVSHELL_$name }
