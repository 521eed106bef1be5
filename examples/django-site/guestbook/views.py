# SPDX-License-Identifier: Apache-2.0
import os
import sys

from django.http import HttpResponse
from django.shortcuts import redirect, render

from guestbook.forms import EntryForm
from guestbook.models import Entry


def page(request):
    """Shows the latest entries, and takes a new one."""
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("page")
    facts = {
        "Process group": request.META.get("mod_wsgi.process_group", ""),
        "Process": os.getpid(),
        "User": os.getuid(),
        "Python": sys.version.split()[0],
    }
    context = {"form": form, "entries": Entry.objects.all()[:20], "facts": facts}
    return render(request, "page.html", context)


def healthz(request):
    """Says that application and database can work."""
    Entry.objects.exists()
    return HttpResponse("ok\n", content_type="text/plain")
