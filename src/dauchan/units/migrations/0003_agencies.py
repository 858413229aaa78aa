"""Agencies, to whom they belong, who guides them."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('units', '0002_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('committee', 'Ủy ban nhân dân'), ('committee_office', 'Văn phòng Ủy ban nhân dân'), ('council_office', 'Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân'), ('party_board', 'Ban Đảng'), ('party_office', 'Văn phòng cấp ủy'), ('party_committee', 'Huyện ủy, thành ủy, đảng ủy'), ('mass_organisation', 'Tổ chức chính trị - xã hội'), ('department', 'Sở, ban, ngành'), ('culture_office', 'Phòng Văn hóa và Thông tin'), ('newspaper', 'Báo'), ('broadcaster', 'Đài Phát thanh và Truyền hình'), ('portal_board', 'Ban biên tập cổng thông tin điện tử'), ('public_service', 'Đơn vị sự nghiệp công lập'), ('enterprise', 'Doanh nghiệp, hợp tác xã'), ('other', 'Cơ quan khác')], max_length=20)),
                ('sector', models.CharField(choices=[('administration', 'Cơ quan nhà nước'), ('health', 'Y tế'), ('education', 'Giáo dục'), ('trade', 'Công thương'), ('transport', 'Giao thông'), ('culture', 'Văn hóa, thể thao, du lịch'), ('finance', 'Ngân hàng, bưu chính'), ('religion', 'Tôn giáo, tín ngưỡng'), ('security', 'Công an, quân đội'), ('housing', 'Khu dân cư'), ('other', 'Lĩnh vực khác')], default='administration', max_length=14)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('search_key', models.CharField(max_length=200)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='units.agency')),
                ('successor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='units.agency')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agencies', to='units.unit')),
            ],
        ),
        migrations.CreateModel(
            name='Guidance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(null=True)),
                ('guide', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guides', to='units.agency')),
                ('guided', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guided_by', to='units.agency')),
            ],
        ),
        migrations.AddIndex(
            model_name='agency',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_key'], name='agency_search', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddConstraint(
            model_name='agency',
            constraint=models.UniqueConstraint(fields=('unit', 'search_key', 'valid_from'), name='agency_once_a_unit'),
        ),
        migrations.AddConstraint(
            model_name='agency',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['committee', 'committee_office', 'council_office', 'party_board', 'party_office', 'party_committee', 'mass_organisation', 'department', 'culture_office', 'newspaper', 'broadcaster', 'portal_board', 'public_service', 'enterprise', 'other'])), name='agency_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='agency',
            constraint=models.CheckConstraint(condition=models.Q(('sector__in', ['administration', 'health', 'education', 'trade', 'transport', 'culture', 'finance', 'religion', 'security', 'housing', 'other'])), name='agency_sector_known'),
        ),
        migrations.AddConstraint(
            model_name='agency',
            constraint=models.CheckConstraint(condition=models.Q(('successor__isnull', True), ('valid_to__isnull', False), _connector='OR'), name='agency_succeeded_once_closed'),
        ),
        migrations.AddConstraint(
            model_name='agency',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='agency_days_forward'),
        ),
        migrations.AddConstraint(
            model_name='guidance',
            constraint=models.UniqueConstraint(fields=('guide', 'guided', 'valid_from'), name='guidance_once'),
        ),
        migrations.AddConstraint(
            model_name='guidance',
            constraint=models.CheckConstraint(condition=models.Q(('guide', models.F('guided')), _negated=True), name='guidance_of_another'),
        ),
        migrations.AddConstraint(
            model_name='guidance',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='guidance_days_forward'),
        ),
    ]
