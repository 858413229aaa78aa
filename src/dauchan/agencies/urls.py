"""Addresses of agencies, of invitations, and of what citizens do with them."""

from django.urls import path

from dauchan.agencies import duty_views, invite_views, own_views, tree_views

app_name = "agencies"
ROOT = "trien-khai/co-quan"
ONE = f"{ROOT}/<int:agency_id>"

urlpatterns = [
    path(ROOT, tree_views.agency_list, name="list"),
    path(f"{ROOT}/xuat", tree_views.export, name="export"),
    path(f"{ROOT}/them", tree_views.new_agency, name="new"),
    path(f"{ROOT}/nhap", tree_views.lists, name="lists"),
    path(f"{ROOT}/nhap/mau.xlsx", tree_views.template, name="list-template"),
    path(f"{ROOT}/nhap/<int:file_id>", tree_views.a_list, name="a-list"),
    path(f"{ROOT}/hoi-dap", duty_views.questions, name="questions"),
    path(f"{ROOT}/hoi-dap/<int:question_id>", duty_views.answer, name="answer"),
    path(f"{ROOT}/ban-giao/<slug:receipt>", duty_views.receipt, name="receipt"),
    path(f"{ROOT}/ban-giao/<slug:receipt>/nhan", duty_views.take, name="take"),
    path(f"{ROOT}/loi-moi", invite_views.invitations, name="invitations"),
    path(f"{ROOT}/loi-moi/moi", invite_views.upload, name="invite"),
    path(f"{ROOT}/loi-moi/mau.xlsx", invite_views.template, name="invite-template"),
    path(f"{ROOT}/loi-moi/thu.pdf", invite_views.letters, name="letters"),
    path(f"{ROOT}/loi-moi/tep/<int:batch_id>", invite_views.batch, name="batch"),
    path(f"{ROOT}/loi-moi/<int:invitation_id>", invite_views.act, name="invitation-act"),
    path(ONE, tree_views.agency, name="agency"),
    path(f"{ONE}/sua", tree_views.edit_agency, name="edit"),
    path(f"{ONE}/giai-the", tree_views.close_agency, name="close"),
    path(f"{ONE}/huong-dan", tree_views.add_guidance, name="add-guidance"),
    path(f"{ONE}/huong-dan/<int:guidance_id>", tree_views.end_guidance, name="end-guidance"),
    path(f"{ONE}/ban-giao", duty_views.hand_over, name="hand-over"),
    path(f"{ONE}/can-bo", duty_views.name_officer, name="name"),
    path(f"{ONE}/can-bo/<int:appointment_id>", duty_views.appointment_act, name="appointment-act"),
    path(f"{ONE}/can-bo/<int:appointment_id>/moi", invite_views.invite_named, name="invite-named"),
    path(f"{ONE}/cam-ket", duty_views.attest, name="attest"),
    path(f"{ONE}/buoi", duty_views.log_session, name="log-session"),
    path(f"{ONE}/tham-gia.pdf", duty_views.join_sheet, name="join-sheet"),
    path("cua-toi/dia-diem/<int:place_id>/hoi", own_views.ask, name="ask"),
    path("toi/co-quan", own_views.membership, name="membership"),
]
