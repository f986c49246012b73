"""Problems in the language of the page: in words, and beside the fields of a form."""

from __future__ import annotations

from django.forms import Form
from django.utils import translation

from api.problems import FIELD_ERRORS, Problem
from api.problems.render import field_error_text, fill


def words(problem: Problem) -> dict[str, str]:
    """A problem in the language of the page."""
    language, text = translation.get_language() or "vi", problem.text
    return {
        "code": problem.code,
        "title": fill(text.title, language, problem.params),
        "detail": fill(text.detail, language, problem.params),
        "action": fill(text.action, language, problem.params),
    }


def faults(problem: Problem) -> dict[str, list[str]]:
    """What is wrong with each field, by the first part of its pointer; what has no field is under the empty name."""
    language = translation.get_language() or "vi"
    found: dict[str, list[str]] = {}
    for error in problem.errors:
        name = error.pointer.strip("/").split("/")[0]
        text = field_error_text(error, language) if error.code in FIELD_ERRORS else error.code
        found.setdefault(name, []).append(text)
    if not found:
        told = words(problem)
        found[""] = [f"{told['title']}. {told['detail']} {told['action']}"]
    return found


def blame(form: Form, problem: Problem) -> None:
    """Put what is wrong beside its fields; what has no field that shows stands above all."""
    for name, told in faults(problem).items():
        shows = name in form.fields and not form.fields[name].widget.is_hidden
        form.add_error(name if shows else None, told)
