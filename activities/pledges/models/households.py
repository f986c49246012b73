"""The tables of households.

What others (pledges, coverage) build on:

- **Residents at a past date.** `residence.RESIDENT` is the condition: live, moved in by the end of that day, not moved
  out by then. Dates alone decide; `residence_status` says how somebody is registered. No `resident_from`: since before
  anybody wrote it down. Who comes back after having moved away is registered anew, so the past never changes.
- **Merging.** The household that was merged into another is deleted, for ever, and `merged_into_id` names the one that
  stands in its place; that one is never merged itself (`merge` moves the pointers along). So whatever refers to a
  household, also what a phone sends years later, resolves in one step: `residence.STANDS_FOR`. Records that should
  carry the new id besides are re-pointed in the transaction of the merge: `merging.register_follower`.
"""

from django.db import models

from api.enums import LabelledEnum
from api.records import Record


class ResidenceStatus(LabelledEnum):
    """How a household is registered where it lives. Which days it counts as resident its dates alone say."""

    PERMANENT = "permanent", "Thường trú", "Permanent"
    TEMPORARY = "temporary", "Tạm trú", "Temporary"
    ABSENT = "absent", "Tạm vắng", "Temporarily absent"
    MOVED_AWAY = "moved_away", "Đã chuyển đi", "Moved away"


class Household(Record):
    """People who live together in a hamlet. `resident_until` is the day on which they moved out."""

    house_number = models.TextField(null=True)
    householder = models.TextField()
    size = models.IntegerField(null=True)
    residence_status = models.TextField()
    resident_from = models.DateField(null=True)
    resident_until = models.DateField(null=True)
    phone = models.TextField(null=True)
    text_fold = models.TextField(default="")
    house_fold = models.TextField(default="")
    householder_fold = models.TextField(default="")
    merged_into_id = models.UUIDField(null=True)
    erased_at = models.DateTimeField(null=True)
    scrubbed_at = models.DateTimeField(null=True)

    class Meta(Record.Meta):
        db_table = "household"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            *Record.Meta.indexes,
            models.Index(
                fields=["merged_into_id"], name="household_by_successor", condition=~models.Q(merged_into_id=None)
            ),
            models.Index(
                fields=["erased_at"],
                name="household_to_scrub",
                condition=models.Q(scrubbed_at=None) & ~models.Q(erased_at=None),
            ),
            # What coverage counts of a million households, and what their row-level security asks, without their rows.
            models.Index(
                fields=["area_id"],
                name="household_counted",
                include=["id", "resident_from", "resident_until", "author_id"],
                condition=models.Q(deleted_at=None),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(residence_status__in=ResidenceStatus.values), name="household_residence_known"
            ),
            models.CheckConstraint(
                condition=models.Q(resident_from=None)
                | models.Q(resident_until=None)
                | models.Q(resident_until__gte=models.F("resident_from")),
                name="household_moved_in_before_out",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into_id=None) | models.Q(deleted_at__isnull=False),
                name="household_merged_is_deleted",
            ),
        )


class IdNumber(models.Model):
    """A householder's citizen ID number: a keyed hash, to find it again, and the last four digits. In no record."""

    household_id = models.UUIDField(primary_key=True)
    area_id = models.UUIDField()
    hash = models.BinaryField()
    last_four = models.TextField()
    set_by = models.UUIDField(null=True)
    set_at = models.DateTimeField()

    class Meta:
        db_table = "household_id_number"
        indexes = (models.Index(fields=["hash"], name="id_number_by_hash"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(last_four__regex=r"^[0-9]{4}$"), name="id_number_last_four"),
        )
