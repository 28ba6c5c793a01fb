"""A blog as Django's tutorial would have it: no view says anything about caches."""

import time

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from .models import Message, Photo, Post

# The parts of the streamed page, and the pause before each but the first, in seconds.
PARTS = 4
PAUSE = 0.5


class MessageForm(forms.ModelForm):
    class Meta:
        model = Message
        fields = ["text"]


class PhotoForm(forms.ModelForm):
    class Meta:
        model = Photo
        fields = ["file"]


def index(request):
    return render(request, "index.html", {"posts": Post.objects.all()})


def post(request, slug):
    return render(request, "post.html", {"post": get_object_or_404(Post, slug=slug)})


def contact(request):
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Thank you")
        return redirect("contact")
    return render(request, "form.html", {"form": form})


@login_required
def photos(request):
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return redirect(form.save().file.url)
    return render(request, "form.html", {"form": form})


def stream(request):
    def parts():
        for part in range(PARTS):
            if part:
                time.sleep(PAUSE)
            yield f"part {part}\n".ljust(1024, ".") + "\n"

    return StreamingHttpResponse(parts(), content_type="text/plain")
