# Stands in for pip in an environment whose packages a lock decides.
import os
import sys

UV = "@UV@"
READS = ("list", "show", "freeze", "check", "tree")


def main():
    arguments = sys.argv[1:]
    verb = next((word for word in arguments if not word.startswith("-")), None)
    if verb in READS and os.path.isfile(UV):
        os.environ.pop("UV_PYTHON", None)
        os.execv(UV, [UV, "pip", *arguments, "--python", sys.executable])
    if verb is None or verb == "help":
        print("pip: stands in for pip here; it can", ", ".join(READS))
        return 0
    print(f"devshell: `pip {verb}` would change packages that devshell.lock decides", file=sys.stderr)
    print(
        "hint: write the package into requirements.txt or pyproject.toml, then `devshell lock` and `devshell reload`",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
