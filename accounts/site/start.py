"""The start page: what needs attention."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.site.frame import FramePage
from accounts.site.page import SiteRequest


class StartPage(FramePage):
    """`/admin/`."""

    def get(self, request: SiteRequest) -> HttpResponse:
        return self.show("site/start.html", title=_("What needs attention"))
