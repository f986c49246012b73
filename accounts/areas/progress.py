"""How far long work has come, on one line of a terminal; silent elsewhere."""

from django.core.management.base import OutputWrapper

from accounts.areas.rows import Progress


def progress_on(stream: OutputWrapper, what: str) -> Progress | None:
    """A progress line that rewrites itself, if somebody is watching."""
    if not stream.isatty():
        return None

    def show(done: int, of: int) -> None:
        stream.write(f"\r  {what}: {done:,} of {of:,}", ending="\n" if done == of else "")
        stream.flush()

    return show
