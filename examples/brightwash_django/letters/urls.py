"""The URLs of the newsletter and the survey."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("newsletter", views.sign_up, name="newsletter"),
    path("newsletter/unsubscribe", views.unsubscribe, name="unsubscribe"),
    path("survey", views.survey, name="survey"),
    path("survey/answer/<str:token>", views.answered, name="answer"),
]
