"""The newsletter and the survey."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from examples.brightwash.site import SPONSOR_TEXT

from .forms import LeaveForm, SignUpForm, SurveyForm
from .models import Answer
from .newsletter import newsletter


def sign_up(request: HttpRequest) -> HttpResponse:
    """Nothing is ticked beforehand, and nothing holds before the address confirms it."""
    form, done = SignUpForm(request.POST or None), False
    if form.is_valid():
        newsletter().ask(form.cleaned_data["email"], form.ticked)
        done = True
    return render(request, "letters/sign_up.html", {"form": form, "done": done})


def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Have the link that ends it sent once more. The answer is the same for every address."""
    form, done = LeaveForm(request.POST or None), False
    if form.is_valid():
        newsletter().leave(form.cleaned_data["email"])
        done = True
    return render(request, "letters/unsubscribe.html", {"form": form, "done": done})


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
