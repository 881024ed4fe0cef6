"""The pages."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from notes.models import Note

SHOWN = 50


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text"]
        labels = {"text": "A note"}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The newest notes, and a form that adds one."""
    form = NoteForm(request.POST or None)
    if form.is_valid():
        form.save()
        return redirect("index")
    return render(request, "notes/index.html", {"form": form, "notes": Note.objects.all()[:SHOWN]})


@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """The same notes for programs."""
    return JsonResponse({"notes": list(Note.objects.values("id", "text", "written")[:SHOWN])})
