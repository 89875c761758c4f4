"""The reason that most acts ask for, in words."""

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy

SHORTEST_REASON: Final = 10


class ReasonForm(forms.Form):
    """Why; asked last, after what."""

    reason = forms.CharField(
        label=gettext_lazy("Alasan"),
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
