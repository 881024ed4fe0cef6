"""Which address shows what."""

from django.contrib import admin
from django.urls import path

from notes import views

urlpatterns = [
    path("", views.index, name="index"),
    path("notes.json", views.as_json, name="notes.json"),
    path("admin/", admin.site.urls),
]
