"""devshell's start file for xonsh: xonsh -i --rc start.py

`--rc` stands in place of the user's own files. They are read here first, and then the dev shell's environment is put on
top of what they left. All values come as __DEVSHELL_* variables and are only ever assigned. What runs at prompts holds
its names in a closure, so that none of them is among the names the user sees.
"""


def __devshell_start():
    import os
    import subprocess
    import sys

    from xonsh.built_ins import XSH
    from xonsh.environ import DEFAULT_VARS, xonshrc_context
    from xonsh.events import events

    env = XSH.env
    told = {name[11:]: value for name, value in os.environ.items() if name.startswith("__DEVSHELL_")}
    names, commands, options = (told.get(list, "").split() for list in ("NAMES", "COMMANDS", "OPTIONS"))
    for name in told:
        if name != "START":  # tells a devshell that the files call where it is
            env.pop("__DEVSHELL_" + name, None)
    before = set(env.detype())

    def say(text):
        print("devshell: " + text, file=sys.stderr, flush=True)

    def is_among(name, patterns):
        return any(name.startswith(p[:-1]) if p.endswith("*") else name == p for p in patterns)

    # xonsh has settings of its own among the variables. What the files set of these is theirs at isolation `pure` too.
    def apply():
        unset, keep = (told.get(list, "").split() for list in ("UNSET", "KEEP"))
        for name in list(env.detype()):
            is_from_rc = name not in before and name not in DEFAULT_VARS
            is_lost = "KEEP" in told and is_from_rc and not is_among(name, names + keep)
            if is_lost or is_among(name, unset):
                env.pop(name, None)
        for name in names:
            if "V_" + name in told:
                env[name] = told["V_" + name]

    # A function of Python hides a command when its name alone is typed.
    def drop():
        for name in commands:
            body = XSH.aliases.get(name) if name in XSH.aliases else None
            if body and not (isinstance(body, (list, tuple)) and body[0] == name):
                del XSH.aliases[name]
                say(f"dropped your alias `{name}`, which hid the dev shell's own")
            if callable(XSH.ctx.get(name)):
                del XSH.ctx[name]
                say(f"dropped your function `{name}`, which hid the dev shell's own")

    def define():
        for line in told.get("ALIASES", "").splitlines():
            name, _, body = line.partition("=")
            XSH.aliases[name] = body

    def prompt():
        old = state["prompt"]() if callable(state["prompt"]) else state["prompt"]
        return old if env.get("DEVSHELL_NO_PROMPT") else marker + old

    def wrap(**_):
        if env.get("PROMPT") is not prompt:
            state["prompt"] = env.get("PROMPT")
            env["PROMPT"] = prompt

    # What the user's commands did to PATH is meant, what hooks do is not.
    def note_path(**_):
        state["path"] = env.get_detyped("PATH")

    def take_path_back(**_):
        if env.get_detyped("PATH") != state["path"]:
            env["PATH"] = state["path"]
            if not state["noticed"]:
                say("a prompt hook changed PATH; the dev shell's own is restored")
            state["noticed"] = True

    def look(**_):
        try:
            stamp = os.stat(told["STAMP"]).st_mtime_ns
            for what, watched in (("the manifest or the lock", files), ("an env file", env_files)):
                if any(os.path.exists(file) and os.stat(file).st_mtime_ns > stamp for file in watched):
                    watched.clear()  # said once
                    say(what + " has changed; `devshell reload` applies it")
        except OSError:
            return

    # To reload is to be replaced, which only the shell itself can have done to it: once everything is ready.
    def devshell(arguments):
        program = XSH.commands_cache.locate_binary("devshell", ignore_alias=True) or "devshell"
        if arguments != ["reload"]:
            return [program, *arguments]
        variables = {**env.detype(), "__DEVSHELL_UNDO": told["BACK"]}
        prepared = subprocess.run([program, "reload", "--prepare", *again], env=variables, stdout=subprocess.PIPE)
        if prepared.returncode != 0:
            return ["false"]
        variables["__DEVSHELL_PIPES"] = prepared.stdout.decode()
        if XSH.history is not None:
            XSH.history.flush(at_exit=True)
        os.execve(program, ["devshell", "reload", *again], variables)

    if "NO_RC" not in told:  # else started again
        xonshrc_context(
            rcfiles=env.get("XONSHRC"), rcdirs=env.get("XONSHRC_DIR"), execer=XSH.execer, ctx=XSH.ctx, env=env
        )
    env.pop("__DEVSHELL_START", None)
    if os.getcwd() != told["CWD"]:
        os.chdir(told["CWD"])
        env["PWD"] = told["CWD"]
    apply()
    drop()
    define()
    files = [told["MANIFEST"], os.path.join(env["DEVSHELL_ROOT"], "devshell.lock")]
    env_files = told.get("ENV_FILES", "").splitlines()
    again = ["--manifest", told["MANIFEST"], "--shell", told["SHELL"], *options]
    marker = told["MARKER"].replace("{", "{{").replace("}", "}}")
    state = {"path": env.get_detyped("PATH"), "noticed": False, "prompt": None}
    wrap()
    # In this order, and behind the user's. In older versions (0.19) hooks have no order, so PATH is looked at once more
    # before a command runs.
    for event, hooks in (
        (events.on_pre_prompt_format, (wrap, look)),
        (events.on_pre_prompt, (take_path_back,)),
        (events.on_precommand, (take_path_back,)),
        (events.on_postcommand, (note_path,)),
    ):
        for hook in hooks:
            event(hook)
    if hasattr(XSH.aliases, "return_command"):
        XSH.aliases["devshell"] = XSH.aliases.return_command(devshell)


__devshell_start()
del __devshell_start
