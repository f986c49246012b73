"""What was refused or met another's edit is found by who sent it; that is little of all that is sent."""

from django.db import migrations

INDEX = """
CREATE INDEX mutation_refused ON mutation (user_id, received_at, id) WHERE status IN ('rejected', 'conflict')
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0002_rights")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX mutation_refused")]
