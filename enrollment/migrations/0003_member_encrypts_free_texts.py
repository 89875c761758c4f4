from django.db import migrations

import perisai.privacy


class Migration(migrations.Migration):
    """Free texts of members become ciphertext: what people write there may name somebody.

    A text cannot be turned into ciphertext here, where no key is; nothing was released before.
    """

    dependencies = [("enrollment", "0002_kpj_sequence")]

    operations = [
        migrations.RemoveField(model_name="member", name="no_phone_reason"),
        migrations.RemoveField(model_name="member", name="season_note"),
        migrations.AddField(
            model_name="member",
            name="no_phone_reason",
            field=perisai.privacy.EncryptedTextField(
                blank=True, label="member.no_phone_reason", null=True, padded=True
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="season_note",
            field=perisai.privacy.EncryptedTextField(
                blank=True, label="member.season_note", null=True, padded=True
            ),
        ),
    ]
