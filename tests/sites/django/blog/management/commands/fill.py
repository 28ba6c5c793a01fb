"""Fills the site: POSTS posts, and an editor."""

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

from blog.models import Post


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("posts", type=int)
        parser.add_argument("editor")
        parser.add_argument("password")

    def handle(self, posts, editor, password, **_):
        for number in range(1, posts + 1):
            Post.objects.create(
                slug=f"post-{number}", title=f"Post {number}", body=f"The text of post {number}. " * 20
            )
        User.objects.create_superuser(editor, password=password)
