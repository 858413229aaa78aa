"""Addresses of signing in (allauth's views, only those that we keep) and of the administration of officers."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path

from dauchan.accounts import lock_views, views
from dauchan.accounts.allauth_adapter import change_password

sign_in = [
    path("dang-nhap", account.login, name="account_login"),
    path("dang-nhap/buoc-hai", second_factor.authenticate, name="mfa_authenticate"),
    path("dang-nhap/khoa-thiet-bi", lock_views.enter_by_passkey, name="mfa_login_webauthn"),
    path("dang-xuat", account.logout, name="account_logout"),
]

own_account = [
    path("", lock_views.own_account, name="mfa_index"),
    path("/mat-khau", change_password, name="account_change_password"),
    path("/xac-nhan/mat-khau", lock_views.reauthenticate, name="account_reauthenticate"),
    path("/xac-nhan/ma", lock_views.reauthenticate_by_code, name="mfa_reauthenticate"),
    path("/xac-nhan/khoa-thiet-bi", lock_views.reauthenticate_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("/ung-dung-ma", totp.activate_totp, name="mfa_activate_totp"),
    path("/ung-dung-ma/go", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("/khoa-thiet-bi", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("/khoa-thiet-bi/them", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("/khoa-thiet-bi/<int:pk>/go", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("/ma-du-phong", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("/ma-du-phong/tao", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]

administration = [
    path("quan-tri", views.administration, name="admin"),
    path("quan-tri/can-bo", views.officers, name="officers"),
    path("quan-tri/can-bo/moi", views.invite, name="invite"),
    path("quan-tri/can-bo/<int:officer_id>", views.officer, name="officer"),
    path("quan-tri/can-bo/<int:officer_id>/vai-tro", views.grant, name="grant"),
    path("quan-tri/can-bo/<int:officer_id>/khoa", views.switch_off, name="switch-off"),
    path("quan-tri/can-bo/<int:officer_id>/mo", views.switch_on, name="switch-on"),
    path("quan-tri/can-bo/<int:officer_id>/dat-lai", views.reset, name="reset"),
    path("quan-tri/vai-tro/<int:grant_id>/ket-thuc", views.end_role, name="end-role"),
    path("quan-tri/loi-moi/<int:link_id>/thu-hoi", views.revoke_link, name="revoke-link"),
    path("quan-tri/ung-dung", views.credentials, name="credentials"),
    path("quan-tri/ung-dung/<str:credential_id>/thu-hoi", views.revoke_credential, name="revoke-credential"),
    path("quan-tri/nhat-ky", views.audit_log, name="audit"),
    path("quan-tri/khoi-phuc", views.recoveries, name="recoveries"),
    path("quan-tri/khoi-phuc/<int:recovery_id>", views.decide_recovery, name="decide-recovery"),
    path("loi-moi", views.enter_code, name="enter-code"),
    path("tai-khoan/may-dung-chung", lock_views.shared, name="shared"),
    path("tai-khoan/con-day", lock_views.here, name="here"),
    path("tai-khoan/da-mo-khoa", lock_views.unlocked, name="unlocked"),
    path("loi-moi/<str:token>", views.accept, name="accept"),
]

urlpatterns = [
    *sign_in,
    path("tai-khoan", include(own_account)),
    path("", include((administration, "accounts"))),
]
