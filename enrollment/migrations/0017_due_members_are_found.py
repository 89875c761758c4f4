from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ('enrollment', '0016_hand_over_proposal'),
        ('perisai', '0020_key_canary_knows_proofs'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='member',
            index=models.Index(condition=models.Q(('closed_on__isnull', True), ('paid_through__isnull', True)), fields=['regency_code', 'registered_on'], name='member_never_paid_by_regency'),
        ),
        AddIndexConcurrently(
            model_name='member',
            index=models.Index(condition=models.Q(('closed_on__isnull', True), ('paid_through__isnull', False), models.Q(('village__isnull', True), ('address_line__isnull', True), models.Q(('no_phone_reason__isnull', True), ('phone_index__isnull', True)), ('income_monthly__isnull', True), ('programmes', []), _connector='OR')), fields=['regency_code', 'paid_through'], name='member_lacking_by_regency'),
        ),
    ]
