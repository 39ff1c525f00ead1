"""The newsletter and the survey."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from examples.brightwash.site import NEWSLETTER_TEXT, SPONSOR_TEXT, TRACKING_TEXT

from .forms import LeaveForm, SignUpForm, SurveyForm
from .models import Answer, Subscriber


def sign_up(request: HttpRequest) -> HttpResponse:
    """One question for getting the newsletter, and one for being watched while reading it."""
    form, subscriber = SignUpForm(request.POST or None), None
    if form.is_valid():
        subscriber, _ = Subscriber.objects.get_or_create(email=form.cleaned_data["email"])
        subscriber.record("newsletter", granted=True, text=NEWSLETTER_TEXT)
        subscriber.record("newsletter-tracking", granted=form.cleaned_data["tracking"], text=TRACKING_TEXT)
    return render(request, "letters/sign_up.html", {"form": form, "subscriber": subscriber})


def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Leave: one press from the link in a mail, or by address. The answer never says who is in the list."""
    token = request.POST.get("token") or request.GET.get("token", "")
    form, done = LeaveForm(None if token else request.POST or None), False
    if request.method == "POST" and (token or form.is_valid()):
        asked = {"token": token} if token else {"email": form.cleaned_data["email"]}
        for subscriber in Subscriber.objects.filter(**asked):
            subscriber.leave()
        done = True
    return render(request, "letters/unsubscribe.html", {"form": form, "token": token, "done": done})


def survey(request: HttpRequest) -> HttpResponse:
    """The questions; the sponsor sees an answer only if its author said so here."""
    form = SurveyForm(request.POST or None)
    if form.is_valid():
        answer = form.save()
        answer.record("survey-sponsor", granted=form.cleaned_data["sponsor"], text=SPONSOR_TEXT)
        return redirect("answer", answer.token)
    return render(request, "letters/survey.html", {"form": form})


def answered(request: HttpRequest, token: str) -> HttpResponse:
    """What became of an answer; its author can change their mind about the sponsor here at any time."""
    answer = get_object_or_404(Answer, token=token)
    if request.method == "POST":
        answer.record("survey-sponsor", granted=request.POST.get("sponsor") == "yes", text=SPONSOR_TEXT)
        return redirect("answer", token)
    shared = answer.allows("survey-sponsor")
    return render(request, "letters/answer.html", {"shared": shared, "sponsor_text": SPONSOR_TEXT})
