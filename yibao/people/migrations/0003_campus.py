from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_corrections'),
    ]

    operations = [
        migrations.AddField(
            model_name='student',
            name='campus',
            field=models.CharField(blank=True, default='', max_length=40, verbose_name='校区'),
            preserve_default=False,
        ),
    ]
