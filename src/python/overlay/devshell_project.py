# Run when the interpreter of a shared environment starts: adds the project it is used by.
import os
import sys


def _project():
    # Started through the project's own link to the environment, as editors do.
    if os.path.islink(sys.prefix):
        return os.path.join(os.path.dirname(sys.prefix), "project")
    # Started in the project's dev shell.
    state = os.environ.get("DEVSHELL_STATE")
    if state and os.path.realpath(os.path.join(state, "python")) == os.path.realpath(sys.prefix):
        # What this shell was entered with, whatever the project has become since.
        own = os.path.join(state, "projects") + os.sep
        for entry in os.environ.get("PATH", "").split(os.pathsep):
            if entry.startswith(own) and os.path.basename(entry) == "bin":
                return os.path.dirname(entry)
        return os.path.join(state, "project")
    return None


_path = _project()
if _path and os.path.isdir(_path):
    import site

    site.addsitedir(_path)
