from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve

from . import views
from .feeds import LatestPosts

urlpatterns = [
    path("", views.index, name="index"),
    path("posts/<slug:slug>/", views.post, name="post"),
    path("contact/", views.contact, name="contact"),
    path("photos/", views.photos, name="photos"),
    path("stream/", views.stream, name="stream"),
    path("feed/", LatestPosts(), name="feed"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]
