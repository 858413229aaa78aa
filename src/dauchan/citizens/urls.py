"""Addresses for citizens; a poster's address is short and upper-case, so that its code is small."""

from django.urls import path

from dauchan.citizens import household_views, own_views, request_views, views

app_name = "citizens"

urlpatterns = [
    path("P/<slug:code>", views.place, name="place"),
    path("P/<slug:code>/ma", views.give_code, name="give-code"),
    path("P/<slug:code>/khong-dung-noi", views.report_poster, name="report-poster"),
    path("p/<slug:code>", views.lower_code, name="lower-code"),
    path("vao", own_views.sign_in, name="sign-in"),
    path("toi", own_views.me, name="me"),
    path("toi/ma", own_views.pass_page, name="pass"),
    path("toi/ma/chung-nhan", own_views.certificate, name="certificate"),
    path("toi/ma/the.pdf", own_views.pass_pdf, name="pass-pdf"),
    path("toi/luot-den", own_views.visits, name="visits"),
    path("toi/ai-da-xem", own_views.looks, name="looks"),
    path("toi/danh-tinh", own_views.identity, name="identity"),
    path("toi/chung-minh", own_views.prove, name="prove"),
    path("toi/du-lieu", own_views.data, name="data"),
    path("toi/du-lieu/tai-ve.<slug:form>", own_views.take_data, name="take-data"),
    path("toi/nguoi-nha", household_views.household, name="household"),
    path("toi/nguoi-nha/them", household_views.add_member, name="add-member"),
    path("toi/nguoi-nha/<int:number>", household_views.member, name="member"),
    path("toi/nguoi-nha/<int:number>/the.pdf", household_views.member_card, name="member-card"),
    path("toi/nguoi-nha/<int:number>/ket-thuc", household_views.end_care, name="end-care"),
    path("toi/yeu-cau", request_views.own_requests, name="requests"),
    path("quan-tri/yeu-cau", request_views.desk, name="request-desk"),
    path("quan-tri/yeu-cau/<int:number>", request_views.act, name="request-act"),
    path("toi/thiet-bi/<int:number>/dang-xuat", own_views.sign_out, name="sign-out"),
]
