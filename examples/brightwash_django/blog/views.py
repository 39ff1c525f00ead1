"""The blog."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from examples.brightwash.content import ARTICLES

from .forms import CommentForm
from .models import Comment

YEAR = 365 * 24 * 3600


def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article with its comments; POST adds a comment."""
    found = next((each for each in ARTICLES if each.slug == slug), None)
    if found is None:
        raise Http404
    name, _, email = request.COOKIES.get("bw_author", "").partition("|")
    form = CommentForm(request.POST or None, initial={"name": name, "email": email})
    if not request.consent.allows("preferences"):
        del form.fields["remember"]
    if form.is_valid():
        form.instance.article = slug
        form.save()
        messages.success(request, "Thank you: your comment is there.")
        response = redirect(f"{reverse('article', args=[slug])}#comments")
        if form.cleaned_data.get("remember"):
            author = f"{form.instance.name}|{form.instance.email}"
            response.set_cookie("bw_author", author, max_age=YEAR, httponly=True, samesite="Lax")
        return response
    comments = Comment.objects.filter(article=slug)
    return render(request, "blog/article.html", {"article": found, "comments": comments, "form": form})
