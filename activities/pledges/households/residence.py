"""Who was resident when, and which household stands for one that was merged: SQL for whoever counts."""

RESIDENT = """{h}.deleted_at IS NULL AND ({h}.resident_from IS NULL OR {h}.resident_from <= {day})
  AND ({h}.resident_until IS NULL OR {h}.resident_until > {day})"""
"""Whether a household (row `h`) was resident at the end of a local day (an SQL term): `.format(h="h", day="%s")`."""

STANDS_FOR = "coalesce((SELECT m.merged_into_id FROM household m WHERE m.id = {id}), {id})"
"""The id of the household that stands for the one with this `id` (an SQL term): itself unless it was merged."""
