"""The pages, on a PostgreSQL database that the test runner creates and drops."""

from django.db import connection
from django.test import TestCase
from django.urls import reverse

from notes.models import Note


class Pages(TestCase):
    def test_the_database_is_postgresql(self) -> None:
        self.assertEqual(connection.vendor, "postgresql")

    def test_a_note_is_written_and_shown(self) -> None:
        answer = self.client.post(reverse("index"), {"text": "Bread & butter"}, follow=True)
        self.assertRedirects(answer, reverse("index"))
        self.assertContains(answer, "Bread &amp; butter")
        self.assertEqual([str(note) for note in Note.objects.all()], ["Bread & butter"])

    def test_what_is_empty_or_too_long_is_not_written(self) -> None:
        for text in ("", "x" * 201):
            answer = self.client.post(reverse("index"), {"text": text})
            self.assertContains(answer, "errorlist")
        self.assertFalse(Note.objects.exists())

    def test_programs_get_the_newest_first(self) -> None:
        for text in ("first", "second"):
            Note.objects.create(text=text)
        notes = self.client.get(reverse("notes.json")).json()["notes"]
        self.assertEqual([note["text"] for note in notes], ["second", "first"])
