"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from secrets import token_hex

from symrnn.language.errors import InputError


def check_target(path: str | Path, *inputs: str | Path) -> Path:
    """The file that a path leads to, following links, before any work is done for it.

    Raises InputError where nothing can be written there: a folder, a device, one of the `inputs`, no folder, no permission.
    """
    try:
        target = Path(path).resolve()
        mode = target.stat().st_mode if target.exists() else None
        taken = any(Path(other).exists() and target.exists() and target.samefile(other) for other in inputs)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error}); give another name") from None
    if mode is not None and stat.S_ISDIR(mode):
        raise InputError(f"{path}: is a folder; give the name of a file")
    if mode is not None and not stat.S_ISREG(mode):
        raise InputError(f"{path}: is no regular file, and is not replaced; give another name")
    if taken:
        raise InputError(f"{path}: is the input; give another name")
    if not target.parent.is_dir():
        raise InputError(f"{path}: there is no folder {target.parent}; create it first")
    if not os.access(target.parent, os.W_OK):
        raise InputError(f"{path}: the folder {target.parent} cannot be written to; check its permissions")
    return target


def save(path: str | Path, content: bytes) -> None:
    """Writes a file beside its place and renames it: whoever looks sees the old one or the new one, never a half.

    Its mode is kept, and links stay links. Raises InputError, and leaves the old file, when it cannot be written.
    """
    target = check_target(path)
    # Of fixed length: a name that is legal must not become too long.
    temporary = target.with_name(f".{token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except OSError as error:
        _forget(temporary)
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); what was there before is unchanged") from None
    except BaseException:
        _forget(temporary)
        raise


def _forget(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
