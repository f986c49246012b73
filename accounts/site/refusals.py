"""What pages look like that stand outside of the house's frame; above all those that say what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.site.faults import words
from api.problems.handler import problem_of

logger = logging.getLogger("anthon.crash")


class Stale(Exception):
    """A form without its token: of a page that was open for too long, or of another site."""


def rendered(response: Any) -> HttpResponse:
    """Whole, so that what fails in a template fails here."""
    answer: HttpResponse = response.render() if isinstance(response, TemplateResponse) else response
    return answer


def plain(request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, status: int = 200) -> Any:
    """A page outside of the house's frame: a card in the middle."""
    return TemplateResponse(request, template, dict(context or {}), status=status)


def refusal(request: HttpRequest, error: Exception) -> HttpResponse:
    """The page for whatever went wrong, in plain words."""
    if isinstance(error, Stale):
        return rendered(plain(request, "site/stale.html", status=403))
    problem = problem_of(error)
    if problem.code == "internal":
        logger.error("crash", exc_info=error, extra={"request_id": str(request.request_id)})  # type: ignore[attr-defined]
    context = {"problem": words(problem), "request_id": request.request_id}  # type: ignore[attr-defined]
    answer = rendered(plain(request, "site/problem.html", context, status=problem.status))
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer
