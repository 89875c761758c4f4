from django.db import migrations

import perisai.privacy


class Migration(migrations.Migration):
    """Where an attempt was made becomes ciphertext: as a rule it is where the member lives.

    A place cannot be turned into ciphertext here, where no key is; nothing was released before.
    """

    dependencies = [("retention", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="attempt", name="place"),
        migrations.AddField(
            model_name="attempt",
            name="place",
            field=perisai.privacy.EncryptedJSONField(
                blank=True,
                help_text="Millionths of a degree; metres: as a rule, where the member lives.",
                label="attempt.place",
                null=True,
                padded=True,
            ),
        ),
    ]
