"""One-time codes, recovery codes, and whether a session was opened with one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("user_id", models.UUIDField(primary_key=True, serialize=False)),
                ("sealed_secret", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("last_step", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "second_factor",
            },
        ),
        migrations.AddField(
            model_name="session",
            name="second_factor",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("code_hash", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "recovery_code",
                "indexes": [models.Index(fields=["user_id"], name="recovery_code_by_user")],
            },
        ),
    ]
