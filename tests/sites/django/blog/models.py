from django.db import models
from django.urls import reverse


class Post(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=100)
    body = models.TextField()
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("post", args=[self.slug])


class Message(models.Model):
    text = models.CharField(max_length=200)


class Photo(models.Model):
    file = models.FileField(upload_to="photos")
