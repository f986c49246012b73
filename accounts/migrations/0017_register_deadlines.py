"""What is due next in the registers, when somebody is reminded of it, and what they are searched by."""

from typing import Any

from django.db import migrations, models

from api.text import fold

NEXT_DAY = "((least(answer_due_on, due_on) + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')"
# Whoever is responsible is told with the next tick of what is over already, and otherwise a day before.
FILL = f"""
UPDATE data_request SET due_at = CASE WHEN status = 'received' THEN {NEXT_DAY}
  ELSE {NEXT_DAY.replace("least(answer_due_on, due_on)", "due_on")} END WHERE settled_at IS NULL;
UPDATE breach SET due_at = report_due_at WHERE reported_at IS NULL AND closed_at IS NULL;
UPDATE data_request SET remind_at = due_at - interval '1 day' WHERE due_at IS NOT NULL;
UPDATE breach SET remind_at = due_at - interval '1 day' WHERE due_at IS NOT NULL;
"""


def fill_search(apps: Any, schema_editor: Any) -> None:
    """As the services fold what is entered from now on."""
    searched = {"DataRequest": ("requester", "description"), "Breach": ("description", "measures", "reference")}
    for model, columns in searched.items():
        rows = apps.get_model("accounts", model).objects.using(schema_editor.connection.alias)
        for row in rows.iterator():
            text = fold(" ".join(filter(None, (getattr(row, column) for column in columns))))
            rows.filter(id=row.id).update(text_fold=text)


def _columns(model: str) -> list[Any]:
    return [
        migrations.AddField(model, "due_at", models.DateTimeField(null=True)),
        migrations.AddField(model, "remind_at", models.DateTimeField(null=True)),
        migrations.AddField(model, "text_fold", models.TextField(default="")),
        *(
            migrations.AddIndex(
                model,
                models.Index(
                    fields=[column], name=f"{table}_{column}", condition=models.Q((f"{column}__isnull", False))
                ),
            )
            for table in [{"datarequest": "data_request", "breach": "breach"}[model]]
            for column in ("due_at", "remind_at")
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_data_requests"),
    ]

    operations = [
        *_columns("datarequest"),
        *_columns("breach"),
        migrations.RemoveIndex("datarequest", "data_request_open"),
        migrations.RunSQL(FILL, ""),
        migrations.RunPython(fill_search, migrations.RunPython.noop, elidable=True),
    ]
