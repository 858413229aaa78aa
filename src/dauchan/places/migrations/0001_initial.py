"""Places, points, their dated periods and changes, settings with their stays, and import runs."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("people", "__first__"),
        ("units", "0003_agencies"),
    ]

    operations = [
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True)),
                ('name_vi', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=80)),
                ('is_indoor', models.BooleanField()),
                ('sector', models.CharField(choices=[('administration', 'Cơ quan nhà nước'), ('health', 'Y tế'), ('education', 'Giáo dục'), ('trade', 'Công thương'), ('transport', 'Giao thông'), ('culture', 'Văn hóa, thể thao, du lịch'), ('finance', 'Ngân hàng, bưu chính'), ('religion', 'Tôn giáo, tín ngưỡng'), ('security', 'Công an, quân đội'), ('housing', 'Khu dân cư'), ('other', 'Lĩnh vực khác')], max_length=14)),
                ('position', models.PositiveSmallIntegerField()),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.CheckConstraint(condition=models.Q(('sector__in', ['administration', 'health', 'education', 'trade', 'transport', 'culture', 'finance', 'religion', 'security', 'housing', 'other'])), name='category_sector_known')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('content', models.BinaryField(null=True)),
                ('mapping', models.JSONField(default=dict)),
                ('mode', models.CharField(default='create', max_length=12)),
                ('state', models.CharField(max_length=10)),
                ('lines', models.PositiveIntegerField(default=0)),
                ('lines_done', models.PositiveIntegerField(default=0)),
                ('created', models.PositiveIntegerField(default=0)),
                ('matched', models.PositiveIntegerField(default=0)),
                ('updated', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.officer')),
            ],
        ),
        migrations.CreateModel(
            name='ImportFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField()),
                ('column', models.CharField(blank=True, max_length=80)),
                ('reason_vi', models.CharField(max_length=400)),
                ('reason_en', models.CharField(max_length=400)),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='places.importrun')),
            ],
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('address', models.CharField(blank=True, max_length=300)),
                ('latitude', models.FloatField(null=True)),
                ('longitude', models.FloatField(null=True)),
                ('capacity', models.PositiveIntegerField(null=True)),
                ('opening_hours', models.JSONField(null=True)),
                ('external_source', models.CharField(blank=True, max_length=40)),
                ('external_code', models.CharField(max_length=60, null=True)),
                ('state', models.CharField(choices=[('pending', 'Chờ duyệt'), ('approved', 'Đang hoạt động'), ('suspended', 'Đang tạm dừng'), ('closed', 'Đã đóng cửa'), ('rejected', 'Không được duyệt')], default='pending', max_length=10)),
                ('search_key', models.CharField(max_length=510)),
                ('sort_key', models.CharField(max_length=410)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('agency', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='units.agency')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.category')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.person')),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='units.unit')),
            ],
        ),
        migrations.CreateModel(
            name='PlaceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=30)),
                ('from_state', models.CharField(blank=True, max_length=10)),
                ('to_state', models.CharField(max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('fields', models.JSONField(default=list)),
                ('by_credential', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.credential')),
                ('by_officer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.officer')),
                ('place', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='places.place')),
            ],
        ),
        migrations.CreateModel(
            name='PlacePeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('opening_hours', models.JSONField(null=True)),
                ('category', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.category')),
                ('place', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='periods', to='places.place')),
            ],
        ),
        migrations.CreateModel(
            name='Point',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('gate', 'Cổng, cửa'), ('floor', 'Tầng, khu'), ('room', 'Phòng'), ('vehicle', 'Phương tiện')], default='gate', max_length=8)),
                ('direction', models.CharField(choices=[('both', 'Vào và ra'), ('in', 'Chỉ vào'), ('out', 'Chỉ ra')], default='both', max_length=4)),
                ('external_code', models.CharField(max_length=60, null=True)),
                ('active_from', models.DateTimeField()),
                ('active_to', models.DateTimeField(null=True)),
                ('serial', models.PositiveSmallIntegerField(default=1)),
                ('needs_poster', models.BooleanField(default=False)),
                ('place', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='points', to='places.place')),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(condition=models.Q(('active_to__isnull', True), ('needs_poster', True)), fields=['place'], name='point_needs_poster')],
            },
        ),
        migrations.CreateModel(
            name='PosterReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.PositiveSmallIntegerField()),
                ('count', models.PositiveIntegerField(default=1)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('point', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='places.point')),
            ],
            options={
                'indexes': [models.Index(fields=['point', '-last_at'], name='poster_report_latest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('point', 'serial'), name='poster_report_open_once'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('note', '')), models.Q(('closed_at__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='poster_report_closed_with_note')],
            },
        ),
        migrations.CreateModel(
            name='CategoryStay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('default_stay_minutes', models.PositiveIntegerField()),
                ('longest_stay_minutes', models.PositiveIntegerField()),
                ('source', models.CharField(max_length=300)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='places.category')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('category', 'valid_from'), name='stay_starts_once'), models.UniqueConstraint(condition=models.Q(('valid_to__isnull', True)), fields=('category',), name='stay_open_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='stay_days_forward'), models.CheckConstraint(condition=models.Q(('default_stay_minutes__gt', 0), ('longest_stay_minutes__gte', models.F('default_stay_minutes'))), name='stay_default_within_longest')],
            },
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['officer', '-id'], name='place_import_mine'),
        ),
        migrations.AddIndex(
            model_name='importfault',
            index=models.Index(fields=['run', 'line', 'id'], name='place_fault_list'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(fields=['sort_key', 'id'], include=('search_key', 'unit', 'category', 'state', 'agency'), name='place_list'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(fields=['unit', 'sort_key', 'id'], name='place_list_unit'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(condition=models.Q(('agency__isnull', False)), fields=['agency', 'sort_key', 'id'], name='place_list_agency'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(fields=['category', 'sort_key', 'id'], name='place_list_category'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(condition=models.Q(('state', 'approved'), _negated=True), fields=['state', 'sort_key', 'id'], name='place_list_state'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=models.Index(fields=['updated_at'], name='place_updated'),
        ),
        migrations.AddIndex(
            model_name='place',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_key'], name='place_search', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.UniqueConstraint(fields=('external_source', 'external_code'), name='place_external_once'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'approved', 'suspended', 'closed', 'rejected'])), name='place_state_known'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__range', (-90, 90)), ('longitude__range', (-180, 180))), _connector='OR'), name='place_position_whole'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='place_has_name'),
        ),
        migrations.AddIndex(
            model_name='placechange',
            index=models.Index(fields=['place', '-at', '-id'], name='place_change_latest'),
        ),
        migrations.AddConstraint(
            model_name='placeperiod',
            constraint=models.UniqueConstraint(fields=('place', 'valid_from'), name='period_starts_once'),
        ),
        migrations.AddConstraint(
            model_name='placeperiod',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_to__isnull', True)), fields=('place',), name='period_open_once'),
        ),
        migrations.AddConstraint(
            model_name='placeperiod',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='period_days_forward'),
        ),
        migrations.AddConstraint(
            model_name='point',
            constraint=models.UniqueConstraint(fields=('place', 'number'), name='point_number_once'),
        ),
        migrations.AddConstraint(
            model_name='point',
            constraint=models.UniqueConstraint(fields=('place', 'external_code'), name='point_external_once'),
        ),
        migrations.AddConstraint(
            model_name='point',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['gate', 'floor', 'room', 'vehicle'])), name='point_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='point',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['both', 'in', 'out'])), name='point_direction_known'),
        ),
        migrations.AddConstraint(
            model_name='point',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0), ('serial__gt', 0)), name='point_counts_from_one'),
        ),
        migrations.AddConstraint(
            model_name='point',
            constraint=models.CheckConstraint(condition=models.Q(('active_to__isnull', True), ('active_to__gte', models.F('active_from')), _connector='OR'), name='point_days_forward'),
        ),
        migrations.CreateModel(
            name='ScanShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share', models.FloatField()),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('counted', models.PositiveIntegerField()),
                ('as_of', models.DateTimeField()),
                ('basis', models.CharField(max_length=8)),
                ('category', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.category')),
                ('place', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='places.place')),
                ('unit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='units.unit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('place__isnull', False)), fields=('place',), name='share_of_place_once'), models.UniqueConstraint(condition=models.Q(('unit__isnull', False)), fields=('unit', 'category'), name='share_of_unit_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('category__isnull', True), ('place__isnull', False), ('unit__isnull', True)), models.Q(('place__isnull', True), ('unit__isnull', False)), _connector='OR'), name='share_of_one_thing'), models.CheckConstraint(condition=models.Q(('counted__gt', 0), ('high__gte', models.F('share')), ('high__lte', 1), ('low__gte', 0), ('share__gte', models.F('low'))), name='share_within_interval'), models.CheckConstraint(condition=models.Q(('basis__in', ('eye', 'ledger', 'sample'))), name='share_basis_known')],
            },
        ),
    ]
