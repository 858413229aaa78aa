"""People, their sealed identities and keyed hashes; and the schema of their keys, which is dumped apart."""

import dauchan.kernel.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


KEY_STORE = """
create schema if not exists keystore;
create table keystore.person_key (
    person_id uuid primary key,
    kek smallint not null,
    wrapped bytea not null
);
create index person_key_kek on keystore.person_key (kek);  -- keys still wrapped by a key that shall go
create table keystore.tombstone (
    person_id uuid primary key,
    erased_at timestamptz not null
);
"""
NO_KEY_STORE = "drop schema keystore cascade"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('units', '0001_first'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(KEY_STORE, NO_KEY_STORE),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.UUIDField(default=dauchan.kernel.ids.person_id, primary_key=True, serialize=False)),
                ('created_on', models.DateField()),
                ('provisional', models.BooleanField(default=False)),
                ('told_from', models.DateField(null=True)),
                ('tombstoned_at', models.DateTimeField(null=True)),
                ('residence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='units.unit')),
            ],
        ),
        migrations.CreateModel(
            name='SealedIdentity',
            fields=[
                ('person', models.OneToOneField(db_index=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='people.person')),
                ('sealed', models.BinaryField()),
            ],
            options={
                'db_table': 'people_identity',
            },
        ),
        migrations.CreateModel(
            name='Pass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.PositiveIntegerField()),
                ('issued_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('sealed_number', models.BinaryField(null=True)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='passes', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='BlindIndex',
            fields=[
                ('pk', models.CompositePrimaryKey('hash', 'person', blank=True, editable=False, primary_key=True, serialize=False)),
                ('hash', models.BinaryField()),
                ('kind', models.CharField(max_length=16)),
                ('leads', models.BooleanField()),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'db_table': 'people_blind_index',
            },
        ),
        migrations.CreateModel(
            name='Alias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merged_at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('merged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alias', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('canonical', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('standing', models.CharField(max_length=10)),
                ('colour', models.CharField(max_length=6)),
                ('action_vi', models.CharField(blank=True, max_length=120)),
                ('action_en', models.CharField(blank=True, max_length=120)),
                ('until', models.DateTimeField(null=True)),
                ('set_at', models.DateTimeField()),
                ('sealed_reason', models.BinaryField()),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('residence__isnull', False)), fields=['residence', 'id'], name='person_residence'),
        ),
        migrations.AddIndex(
            model_name='pass',
            index=models.Index(condition=models.Q(('revoked_at__isnull', False)), fields=['person', 'serial'], name='pass_revoked'),
        ),
        migrations.AddConstraint(
            model_name='pass',
            constraint=models.UniqueConstraint(fields=('person', 'serial'), name='pass_serial_once'),
        ),
        migrations.AddConstraint(
            model_name='pass',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('person',), name='pass_one_valid'),
        ),
        migrations.AddConstraint(
            model_name='pass',
            constraint=models.CheckConstraint(condition=models.Q(('serial__gte', 1)), name='pass_serial_from_one'),
        ),
        migrations.AddConstraint(
            model_name='pass',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['', 'reissued', 'lost', 'stolen', 'erased'])), name='pass_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='pass',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('sealed_number__isnull', False)), models.Q(('revoked_at__isnull', False), ('sealed_number__isnull', True)), _connector='OR'), name='pass_number_while_valid'),
        ),
        migrations.AddIndex(
            model_name='blindindex',
            index=models.Index(fields=['person'], name='blind_index_person'),
        ),
        migrations.AddConstraint(
            model_name='blindindex',
            constraint=models.UniqueConstraint(condition=models.Q(('leads', True)), fields=('hash',), name='blind_index_leads'),
        ),
        migrations.AddConstraint(
            model_name='alias',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('alias',), name='alias_once'),
        ),
        migrations.AddConstraint(
            model_name='alias',
            constraint=models.CheckConstraint(condition=models.Q(('alias', models.F('canonical')), _negated=True), name='alias_of_another'),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['person', '-set_at', '-id'], name='standing_newest'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('standing__in', ('unknown', 'manual'))), name='standing_known'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('colour__in', ('green', 'yellow', 'orange', 'red', 'grey'))), name='standing_colour_known'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gt', models.F('set_at')), _connector='OR'), name='standing_forward'),
        ),
    ]
