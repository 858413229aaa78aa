"""Addresses of registers, for those who follow the rollout."""

from django.urls import path

from dauchan.registers import desk_views, import_views, views

app_name = "registers"

urlpatterns = [
    path("trien-khai/nguon", views.register_list, name="list"),
    path("trien-khai/nguon/them", views.new_register, name="new"),
    path("trien-khai/nguon/mau.xlsx", import_views.template, name="import-template"),
    path("trien-khai/nguon/nhap/<int:run_id>", import_views.import_run, name="import-run"),
    path("trien-khai/nguon/nhap/<int:run_id>/tien-do", import_views.progress, name="import-progress"),
    path("trien-khai/nguon/nhap/<int:run_id>/bat-dau", import_views.start, name="import-start"),
    path("trien-khai/nguon/nhap/<int:run_id>/loi.xlsx", import_views.faults, name="import-faults"),
    path("trien-khai/nguon/quyet-dinh/<int:decision_id>/hoan-tac", views.undo, name="undo"),
    path("trien-khai/nguon/muc/<int:entry_id>", desk_views.entry_page, name="entry"),
    path("trien-khai/nguon/muc/<int:entry_id>/quyet-dinh", desk_views.decide, name="decide"),
    path("trien-khai/nguon/muc/<int:entry_id>/dang-ky", desk_views.register_place, name="register-place"),
    path("trien-khai/nguon/<int:register_id>", views.register_page, name="register"),
    path("trien-khai/nguon/<int:register_id>/sua", views.edit_register, name="edit"),
    path("trien-khai/nguon/<int:register_id>/xuat", views.export, name="export"),
    path("trien-khai/nguon/<int:register_id>/ghi", views.say, name="say"),
    path("trien-khai/nguon/<int:register_id>/nhap", import_views.imports, name="imports"),
    path("trien-khai/nguon/<int:register_id>/doi-chieu", views.search, name="search"),
    path("trien-khai/nguon/<int:register_id>/tien-do", views.search_progress, name="search-progress"),
    path("trien-khai/nguon/<int:register_id>/xac-nhan", views.confirm_clear, name="confirm-clear"),
    path("trien-khai/nguon/<int:register_id>/ban-doi-chieu", desk_views.desk, name="desk"),
]
