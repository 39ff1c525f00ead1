"""Pages that show something."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from examples.brightwash import content

from .forms import ContactForm

YEAR = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    """The front page; machines for the visitor's kind of place come first."""
    place = request.GET.get("place") or request.COOKIES.get("bw_place", "")
    machines = sorted(content.MACHINES, key=lambda machine: place not in machine.places)
    return render(request, "pages/home.html", {"machines": machines, "place": place})


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Shows machines for this kind of place first, and remembers it if that is allowed."""
    chosen = request.POST.get("place", "")
    if chosen not in content.PLACES:
        return redirect("home")
    response = redirect(f"{reverse('home')}?place={chosen}#machines")
    if request.consent.allows("preferences"):
        response.set_cookie("bw_place", chosen, max_age=YEAR, httponly=True, samesite="Lax")
    return response


def contact(request: HttpRequest) -> HttpResponse:
    """Where to find us, and a form."""
    form = ContactForm(request.POST or None)
    done = form.is_valid()
    if done:
        form.save()
    return render(request, "pages/contact.html", {"form": form, "done": done})


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """There is no such page."""
    return render(request, "missing.html", status=404)
