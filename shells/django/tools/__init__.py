"""What the scripts of devshell.json run."""
