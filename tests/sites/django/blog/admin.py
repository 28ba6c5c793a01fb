from django.contrib import admin

from .models import Message, Photo, Post

admin.site.register([Post, Message, Photo])
