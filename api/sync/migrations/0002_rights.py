"""Takes from the serving role what it never does: forget mutations, make another epoch, touch Django's own list."""

from django.db import migrations

TAKE = """
REVOKE UPDATE, DELETE, TRUNCATE ON mutation FROM anthon_api;
REVOKE INSERT, DELETE, TRUNCATE ON server_epoch FROM anthon_api;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM anthon_api;
"""
GIVE = """
GRANT UPDATE, DELETE ON mutation TO anthon_api;
GRANT INSERT, DELETE ON server_epoch TO anthon_api;
GRANT INSERT, UPDATE, DELETE ON django_migrations TO anthon_api;
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial")]

    operations = [migrations.RunSQL(TAKE, GIVE)]
