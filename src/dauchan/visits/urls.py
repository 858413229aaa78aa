from django.urls import path

from dauchan.visits import views

app_name = "visits"
urlpatterns = [
    path("luot-quet", views.kept, name="kept"),
    path("dia-diem/<int:place_id>/phieu", views.type_in_sheet, name="type-in"),
    path("luot-quet/quyet-dinh", views.decide, name="decide"),
]
