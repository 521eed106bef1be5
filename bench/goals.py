# SPDX-License-Identifier: Apache-2.0
"""The most a figure may be. Calls, instructions and memory are goals as they stand. Times were set
against mod_wsgi 6.0.5 on another machine: each is divided by what the distribution's 4.9.4 needed
there, and holds for the ratio to it in the same run. A figure without a goal is only reported."""

# figure -> (goal, is it a ratio, is more better)
MUST = {
    "embedded load hello: CPU us a request,  8 connections": (31 / 50.4, True, False),
    "embedded load headers30: CPU us a request": (43 / 67.4, True, False),
    "embedded load stream: CPU us a request": (0.95 * 5891 / 5665, True, False),
    "daemon load hello: CPU us a request,  8 connections": (0.45, True, False),
    "daemon load headers30: CPU us a request": (65 / 147, True, False),
    "daemon load flask: CPU us a request": (105 / 188, True, False),
    "daemon load body64k: CPU us a request": (72 / 167, True, False),
    "daemon load body10m: CPU us a request": (4200 / 10861, True, False),
    "daemon load post10m: CPU us a request": (7000 / 14737, True, False),
    "daemon load filewrapper10m: CPU us a request": (4200 / 11991, True, False),
    "daemon load stream: CPU us a request": (3200 / 3358, True, False),
    "daemon load hello: requests/s,  8 connections": (3 * 6200 / 8600, True, True),
    "daemon start hello: ms to the first answer": (24 / 21, True, False),
    "daemon syscalls hello: total": (18, False, False),
    "daemon syscalls hello: daemon": (4, False, False),
    "embedded instructions hello: thousands, total": (75, False, False),
    "daemon instructions hello: thousands, total": (90, False, False),
    "daemon memory hello: MiB, sum of PSS": (13.5, False, False),
    "daemon memory hello: MiB, private, apache child": (2.5, False, False),
}


def verdict(figure, value, ratio):
    """What to print behind a figure: its goal, and a word when it is missed."""
    if figure not in MUST:
        return ""
    must, of_ratio, more = MUST[figure]
    have = ratio if of_ratio else value
    if have is None:
        return ""
    missed = have < must if more else have > must
    return (f"{must:7.2f}" if of_ratio else f"{must:7g} as it is") + ("  short" if missed else "")
