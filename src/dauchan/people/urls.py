"""Addresses of the people pages; a person stands in them by handle, which means nothing without the keyring."""

from django.urls import path, re_path

from dauchan.people import views

app_name = "people"

PERSON = r"^nguoi-dan/(?P<handle>[0-9A-Z]{26})"

urlpatterns = [
    path("nguoi-dan/tim", views.find, name="find"),
    path("nguoi-dan/dang-ky", views.register, name="register"),
    path("nguoi-dan/co-the-la-mot", views.proposal_list, name="proposals"),
    path("nguoi-dan/co-the-la-mot/<int:proposal_id>", views.decide_proposal, name="decide-proposal"),
    path("nguoi-dan/ma-dang-nhap", views.speak_code, name="speak-code"),
    path("nguoi-dan/xoa", views.erase, name="erase"),
    re_path(rf"{PERSON}$", views.person_page, name="person"),
    re_path(rf"{PERSON}/ma$", views.card, name="card"),
    re_path(rf"{PERSON}/cap-lai$", views.reissue, name="reissue"),
    re_path(rf"{PERSON}/trang-thai$", views.standing, name="standing"),
    re_path(rf"{PERSON}/gop$", views.merge, name="merge"),
    re_path(rf"{PERSON}/tach$", views.part, name="part"),
]
