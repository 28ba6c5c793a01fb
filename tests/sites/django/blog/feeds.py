from django.contrib.syndication.views import Feed

from .models import Post


class LatestPosts(Feed):
    title = "The Django site"
    link = "/"
    description = "Its latest posts"

    def items(self):
        return Post.objects.all()[:10]

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.body
