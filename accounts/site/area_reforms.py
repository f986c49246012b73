"""Areas merged and split by decree, on the site: filled in, tried, then done."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.areas.checks import NewArea
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.reorganising import merge_areas, split_area
from accounts.models import Area
from accounts.site.area_command import AreaCommand, Fact, OfChildren
from accounts.site.area_forms import MOST_PARTS, MergeForm, SplitForm
from accounts.site.area_page import BELOW, may_reform
from accounts.site.frame import Text
from accounts.site.names import area_name, label
from accounts.site.request import SiteRequest
from accounts.templatetags.site import count, day
from api.problems import FieldError, Problem

MOST_CHILDREN = 500


def children_of(area: Area) -> list[Area]:
    """What lies right below an area now."""
    standing = Area.objects.filter(parent_id=area.id, valid_to=None, deleted_at=None)
    return list(standing.order_by("name_sort", "id")[:MOST_CHILDREN])


class MergeAreas(OfChildren):
    """Hamlets of a commune, or communes of a province, become one."""

    button, danger, ends = gettext_lazy("Merge them"), True, True
    template = "site/area_merge.html"

    def heading(self) -> Text:
        if self.level == AreaLevel.HAMLET:
            return _("Merge hamlets of %(area)s") % {"area": self.name}
        return _("Merge communes of %(area)s") % {"area": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("They end on that day, and one begins in their place, below which all that was theirs goes on."),
            _("Teams keep their people and records. They stay at work until you move their people and close them."),
            _("It can't be taken back by a button; that takes a split."),
        ]

    def form(self, request: SiteRequest) -> forms.Form:
        told = request.POST if request.method == "POST" else None
        return MergeForm(told, level=self.level, areas=children_of(self.area))

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        told, ids = form.cleaned_data, set(form.cleaned_data["area_ids"])
        names = [name for id_, name in form.fields["area_ids"].choices if id_ in ids]  # type: ignore[attr-defined]
        code = f" ({told['code']})" if told["code"] else ""
        return [
            (_("Become one"), "", "; ".join(names)),
            (_("The new one"), "", f"{label(AreaKind, told['kind'])} {told['name']}{code}, {self.name}"),
            (_("From which day"), "", day(told["on"])),
            *([(_("Number of the decision"), "", told["decree"])] if told["decree"] else []),
        ]

    def at(self, told: dict[str, Any]) -> Collection[uuid.UUID]:
        return [uuid.UUID(each) for each in told["area_ids"]]

    def also(self, told: dict[str, Any]) -> Collection[uuid.UUID | None]:
        return [self.area.id]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        if len(told["area_ids"]) < 2:
            raise Problem("invalid", errors=[FieldError("/area_ids", "too_few_areas")])
        return super().run(request, told)

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        kind = AreaKind(told["kind"])
        into = NewArea(level=self.level, kind=kind, name=told["name"], parent_id=self.area.id, code=told["code"])
        actor, ids = self.request.actor, list(self.at(told))
        return [merge_areas(actor=actor, area_ids=ids, into=into, on=told["on"], decree=told["decree"])]


class SplitArea(AreaCommand):
    """A hamlet or a commune becomes several: first the parts, then for a commune which hamlet goes where."""

    button, danger, ends = gettext_lazy("Split it"), True, True
    template = "site/area_split.html"
    placing = False

    def fits(self, area: Area) -> bool:
        return area.level in BELOW.values() and may_reform(self.request.actor, area)

    def heading(self) -> Text:
        return _("Split %(area)s") % {"area": self.name}

    def consequences(self) -> Sequence[Text]:
        if self.area.level == AreaLevel.HAMLET:
            return [
                _("The hamlet ends on that day, and the new ones begin."),
                _("Its teams stay at work as they are; found teams in the new hamlets and move people there."),
                _("It can't be taken back by a button; that takes a merger."),
            ]
        return [
            _("The commune ends on that day, and the new ones begin; each hamlet goes with the one that you choose."),
            _("What was recorded in the hamlets goes with them; the commune's own records can be read by all parts."),
            _("It can't be taken back by a button; that takes a merger."),
        ]

    def form(self, request: SiteRequest) -> SplitForm:
        posted = request.method == "POST"
        told = request.POST.get("count", "2")
        parts = min(max(int(told), 2), MOST_PARTS) if told.isascii() and told.isdigit() and len(told) < 3 else 2
        children = children_of(self.area) if posted else []
        if "more" in request.POST:
            initial = {name: value for name, value in request.POST.items() if value}
            return SplitForm(initial=initial, area=self.area, count=min(parts + 1, MOST_PARTS), children=[])
        return SplitForm(request.POST if posted else None, area=self.area, count=parts, children=children)

    def post(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        if "more" in request.POST:
            return self.get(request, **ids)
        return super().post(request, **ids)

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        if self.filled.children and not {"placed", "again"} & request.POST.keys():
            self.placing = True
            return self._ask(request, self.planned, self.filled)
        return super().run(request, told)

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return super().more(request) | {"placing": self.placing, "most": MOST_PARTS}

    def also(self, told: dict[str, Any]) -> Collection[uuid.UUID | None]:
        return [self.area.parent_id]

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        assert isinstance(form, SplitForm)
        names = {child.id: area_name(child) for child in form.children}
        facts: list[Fact] = []
        for number, part in enumerate(form.parts(), 1):
            told = [f"{part.area.kind.label_vi} {part.area.name}" + (f" ({part.area.code})" if part.area.code else "")]
            if part.area.household_count is not None:
                told.append(_("%(n)s households") % {"n": count(part.area.household_count)})
            if part.share is not None:
                told.append(f"{part.share * 100:f}".rstrip("0").rstrip(".") + " %")
            told += [_("takes over the rest")] if part.is_default else []
            told += [", ".join(names[child] for child in part.children)] if part.children else []
            facts.append((_("Part %(n)d") % {"n": number}, "", "; ".join(told)))
        decree = form.cleaned_data["decree"]
        return [
            *facts,
            (_("From which day"), "", day(form.cleaned_data["on"])),
            *([(_("Number of the decision"), "", decree)] if decree else []),
        ]

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        form: SplitForm = self.filled
        return split_area(
            actor=self.request.actor,
            area_id=self.area.id,
            parts=form.parts(),
            on=told["on"],
            decree=told["decree"],
            pointers=[f"/part_{place}" for place in form.places()],
        )
