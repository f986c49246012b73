"""Which database errors mean “not now”: the server is gone, full or busy, and the same request may succeed later."""

from django.db import DatabaseError, Error, InterfaceError, OperationalError

from api.problems.problem import Problem

# SQLSTATE: serialization failure and deadlock, where the transaction is known to be undone and may simply run again.
_ROLLED_BACK = frozenset({"40001", "40P01"})
_UNIQUE_VIOLATION = "23505"
_NOT_NOW = frozenset({"55P03", "57014", "25006", *_ROLLED_BACK})
# 08 connection, 53 resources (connections, disk, memory), 57P shut down or cut off, 58 the system below.
_NOT_NOW_CLASSES = ("08", "53", "57P", "58")


def database_problem(error: DatabaseError | InterfaceError) -> Problem | None:
    """`database_unavailable` for an error that passes, None for one that shows a fault of ours."""
    state = sqlstate(error)
    if state is None:
        passing = isinstance(error, OperationalError | InterfaceError)
    else:
        passing = state in _NOT_NOW or state.startswith(_NOT_NOW_CLASSES)
    return Problem("database_unavailable") if passing else None


def rolled_back(error: Error) -> bool:
    """Whether the database undid the transaction and asks to run it again."""
    return sqlstate(error) in _ROLLED_BACK


def raced(error: Error) -> bool:
    """Whether somebody else made the same thing at the same moment: run again, the work sees that it is there."""
    return sqlstate(error) == _UNIQUE_VIOLATION


def connection_lost(error: Error) -> bool:
    """Whether the connection broke; without a word of the server, or with its farewell."""
    state = sqlstate(error)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state.startswith(("08", "57P"))


def sqlstate(error: Error) -> str | None:
    return getattr(error.__cause__, "pgcode", None)
