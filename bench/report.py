# SPDX-License-Identifier: Apache-2.0
"""The figures as text and as a page's tables. Several runs' figures of a row: the middle one counts.
The tables replace what stands between two marks of the page; the words around them are written by
hand."""

import statistics

import goals

BEGIN, END = "<!-- tables: bench/run --table -->", "<!-- end of tables -->"
TITLES = {
    "load": "Load: 8 connections kept alive, server on one CPU",
    "free": "Free placement",
    "syscalls": "System calls a request",
    "instructions": "User-space instructions a request, thousands",
    "memory": "Memory",
    "start": "Start",
}


def middle(values):
    return statistics.median(values) if values else None


def rows(results):
    """(figure, value, other's value, ratio, verdict) each."""
    for figure in sorted({k for r in results.values() for k in r}, key=order(results)):
        values = [middle(r.get(figure)) for r in results.values()]
        value, other = (*values, None)[:2]
        ratio = value / other if value is not None and other else None
        yield figure, value, other, ratio, goals.verdict(figure, value, ratio)


def order(results):
    """As first measured."""
    first = {}
    for result in results.values():
        for figure in result:
            first.setdefault(figure, len(first))
    return first.get


def cell(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def text(results):
    names, found = list(results), list(rows(results))
    width = max((len(row[0]) for row in found), default=10)
    lines = [f"{'':{width}}  " + "  ".join(f"{n:>12}" for n in names)
             + (f"  {'ratio':>7}  {'must':>7}" if len(names) == 2 else "")]
    for figure, value, other, ratio, verdict in found:
        cells = "  ".join(f"{cell(v):>12}" for v in (value, other)[:len(names)])
        share = f"{ratio:7.2f}" if ratio is not None else " " * 7
        lines.append(f"{figure:{width}}  {cells}  {share}  {verdict}".rstrip())
    return "\n".join(lines)


def tables(results):
    """Markdown, one table a kind of figure."""
    kinds = {}
    for figure, *rest in rows(results):
        mode, kind, what = figure.split(" ", 2)
        kinds.setdefault(kind, []).append((f"{mode} {' '.join(what.split())}", *rest))
    lines = []
    for kind, found in kinds.items():
        lines += ["", f"### {TITLES[kind]}", "", "| | this | other | ratio | must |",
                  "|---|--:|--:|--:|--:|"]
        for figure, value, other, ratio, verdict in found:
            share = f"{ratio:.2f}" if ratio is not None else ""
            must = verdict.strip().replace(" as it is", "")
            if must.endswith("short"):
                must = f"**{must.split()[0]}**"
            lines.append(f"| {figure} | {cell(value)} | {cell(other)} | {share} | {must} |")
    return "\n".join(lines[1:])


def write(path, results):
    """Into the page at `path`, which must have the marks."""
    page = path.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: no {BEGIN} … {END}")
    path.write_text(f"{before}{BEGIN}\n\n{tables(results)}\n\n{END}{after}")
