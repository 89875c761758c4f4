from django.db import migrations


class Migration(migrations.Migration):
    """Provisional KPJ: ten digits from a sequence, the eleventh is the check digit (R10)."""

    dependencies = [("enrollment", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE enrollment_kpj_seq AS bigint START 9000000001 MAXVALUE 9999999999",
            reverse_sql="DROP SEQUENCE enrollment_kpj_seq",
        ),
    ]
