# SPDX-License-Identifier: Apache-2.0
from django.db import models


class Entry(models.Model):
    """A line in the guest book."""

    name = models.CharField(max_length=60)
    text = models.CharField(max_length=500)
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
