"""The policy as it was: files of an earlier commit, written where they can be read.

    branched(root, name)        -> the commit that a git name stands for, or where this branch left it
    write_at(root, commit, into) -> the files under policy/ of that commit, written below `into`

Native only, and the one module that starts another program: git.
"""

from pathlib import Path


class PastError(Exception):
    """There is no such past: one clear line."""


def branched(root: Path, name: str) -> str:
    """The commit (40 digits) to compare with: the last one that `name` and the work here have in common.

    So a branch that is behind is told its own changes, not the undoing of others'. Raises PastError.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
    if commit is None:
        if _git(root, "rev-parse", "--git-dir") is None:
            raise PastError(f'"{name}" is no folder and no bundle, and there is no git repository here')
        raise PastError(f'there is no folder, bundle or git revision "{name}"; '
                        "give for example origin/main (after git fetch), HEAD, a folder with policy/ in it, or a bundle.json")
    commit = commit.decode().strip()
    common = _git(root, "merge-base", "HEAD", commit)
    return common.decode().strip() if common else commit


def write_at(root: Path, commit: str, into: Path) -> None:
    """Writes the files under policy/ of a commit below `into`. Raises PastError when the commit has none."""
    import io
    import tarfile

    packed = _git(root, "archive", "--format=tar", commit, "policy")
    if not packed:
        raise PastError(f"the commit {commit[:7]} has no folder policy/")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            parts = Path(member.name).parts
            # Plain files only, and none outside: a commit may hold links and anything for a name.
            if member.isfile() and parts[0] == "policy" and ".." not in parts:
                target = Path(into, *parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.extractfile(member).read())


def _git(root, *arguments) -> bytes | None:
    """What git says, or None when it refuses."""
    import subprocess

    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True)
    except FileNotFoundError:
        raise PastError("git is not installed; give a folder with policy/ in it, or a bundle.json") from None
    except ValueError:   # a name no command line can hold
        return None
    return done.stdout if done.returncode == 0 else None
