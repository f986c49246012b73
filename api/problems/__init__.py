"""Problems: the one table of everything that can go wrong on the wire, and the exception that names a row of it."""

from api.problems import fields, table  # noqa: F401 - they fill the registry
from api.problems.problem import (
    FIELD_ERRORS,
    PROBLEMS,
    FieldError,
    Problem,
    ProblemText,
    Text,
    register_field_errors,
    register_problems,
)
from api.problems.render import body, field_error_text, pointer

__all__ = [
    "FIELD_ERRORS",
    "PROBLEMS",
    "FieldError",
    "Problem",
    "ProblemText",
    "Text",
    "body",
    "field_error_text",
    "pointer",
    "register_field_errors",
    "register_problems",
]
