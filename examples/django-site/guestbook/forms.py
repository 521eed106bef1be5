# SPDX-License-Identifier: Apache-2.0
from django import forms

from guestbook.models import Entry


class EntryForm(forms.ModelForm):
    class Meta:
        model = Entry
        fields = ["name", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
