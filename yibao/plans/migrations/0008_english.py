"""A plan and its parts have English names, where the school gives them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One field."""

    dependencies = [("plans", "0007_hardship_proofs")]

    operations = [
        migrations.AddField(
            model_name="insuranceplan",
            name="english",
            field=models.JSONField(blank=True, default=dict, verbose_name="英文"),
        ),
    ]
