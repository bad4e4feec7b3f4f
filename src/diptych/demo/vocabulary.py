"""What people do in Larkboard: event names, their properties, and what tends to follow what.

Properties are written as JSON text once, when the vocabulary is built; events share the result.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from diptych.demo.catalog import PERSONAS
from diptych.model.jsontext import dump

Properties = dict[str, str]
Step = tuple[str, Properties]
Values = dict[str, Any]

_VARIANTS = 160
_DECK = 4099

_BOARD_PATHS = (
    "/home",
    "/boards",
    "/boards/roadmap",
    "/boards/sprint",
    "/inbox",
    "/calendar",
    "/reports",
    "/settings",
)
_SITE_PATHS = (
    "/", "/pricing", "/features", "/features/automation", "/templates", "/customers", "/blog/kanban-guide",
    "/integrations", "/security", "/docs",
)  # fmt: skip
_LABELS = ("bug", "design", "urgent", "backend", "customer", "research", "q4", "blocked", "quick win")
_QUERIES = (
    "invoice",
    "roadmap",
    "onboarding",
    "Q3 plan",
    "logo",
    "budget",
    "meeting notes",
    "launch",
    "überblick",
)
_INTEGRATIONS = ("Slack", "GitHub", "Google Drive", "Jira", "Zapier", "Figma", "Microsoft Teams")


def text(values: Values) -> Properties:
    """Properties as canonical JSON text."""
    return {key: dump(value) for key, value in values.items()}


def _task(rng: Random) -> Values:
    values: Values = {
        "source": rng.choice(("board", "board", "quick add", "template", "email", "import")),
        "priority": rng.choice(("low", "medium", "medium", "high")),
        "labels": rng.sample(_LABELS, rng.choice((0, 1, 1, 2, 3))),
        "has_due_date": rng.random() < 0.4,
    }
    if rng.random() < 0.15:
        values["custom_fields"] = {
            "estimate": rng.choice((1, 2, 3, 5, 8)),
            "sprint": f"S{rng.randint(20, 32)}",
        }
    return values


def _task_completed(rng: Random) -> Values:
    return {
        "priority": rng.choice(("low", "medium", "medium", "high")),
        "labels": rng.sample(_LABELS, rng.choice((0, 1, 1, 2))),
        "days_open": round(rng.expovariate(1 / 4), 1),
        "on_time": rng.random() < 0.72,
    }


def _project(rng: Random) -> Values:
    template = rng.choice((None, "Kanban", "Sprint", "Roadmap", "Content calendar"))
    return {
        "template": template,
        "source": rng.choice(("blank", "template", "import")),
        "private": rng.random() < 0.2,
    }


def _report(rng: Random) -> Values:
    return {
        "report": rng.choice(("burndown", "workload", "time", "status")),
        "format": rng.choice(("pdf", "csv", "csv", "xlsx")),
        "items": rng.randint(5, 400),
        "filters": {"assignee": rng.choice(("me", "anyone")), "range_days": rng.choice((7, 30, 90))},
    }


def _comment(rng: Random) -> Values:
    return {
        "length": int(rng.expovariate(1 / 90)) + 1,
        "mentions": rng.choice((0, 0, 1, 1, 2)),
        "feature": "comments",
    }


def _file(rng: Random) -> Values:
    kind = rng.choice(("png", "pdf", "docx", "xlsx", "fig"))
    return {
        "file_type": kind,
        "size_kb": int(rng.lognormvariate(6, 1.2)),
        "source": rng.choice(("drag", "picker")),
    }


def _invite(rng: Random) -> Values:
    return {
        "role": rng.choice(("member", "member", "guest", "admin")),
        "items": rng.choice((1, 1, 1, 2, 3, 5)),
    }


def _search(rng: Random) -> Values:
    return {"query": rng.choice(_QUERIES), "results": int(rng.expovariate(1 / 12)), "feature": "search"}


def _feature(rng: Random) -> Values:
    return {
        "feature": rng.choice(("automation", "dashboard", "shortcuts", "bulk edit", "dark mode")),
        "source": rng.choice(("menu", "keyboard", "tooltip")),
    }


def _timeline(rng: Random) -> Values:
    return {
        "feature": "timeline",
        "zoom": rng.choice(("week", "month", "quarter")),
        "items": rng.randint(3, 120),
    }


def _page(paths: tuple[str, ...]) -> Callable[[Random], Values]:
    return lambda rng: {"path": rng.choice(paths), "load_ms": int(rng.lognormvariate(6.4, 0.5))}


_MAKERS: dict[str, Callable[[Random], Values]] = {
    "Page Viewed": _page(_BOARD_PATHS),
    "Screen Viewed": lambda rng: {"screen": rng.choice(("Home", "Board", "Task", "Inbox", "Profile"))},
    "App Opened": lambda rng: {"source": rng.choice(("icon", "icon", "notification", "widget"))},
    "Signed In": lambda rng: {"method": rng.choice(("password", "google", "google", "sso"))},
    "Project Created": _project,
    "Task Created": _task,
    "Task Completed": _task_completed,
    "Comment Added": _comment,
    "File Uploaded": _file,
    "Report Exported": _report,
    "Invite Sent": _invite,
    "Integration Connected": lambda rng: {
        "integration": rng.choice(_INTEGRATIONS),
        "trial": rng.random() < 0.2,
    },
    "Search Performed": _search,
    "Feature Used": _feature,
    "Timeline Viewed": _timeline,
    "Error Shown": lambda rng: {"code": rng.choice((502, 503, 503, 504)), "path": rng.choice(_BOARD_PATHS)},
    "Site Page Viewed": _page(_SITE_PATHS),
    "Pricing Viewed": lambda rng: {
        "billing_interval": rng.choice(("monthly", "monthly", "yearly")),
        "plan": rng.choice(("Starter", "Team", "Team", "Business")),
        "source": rng.choice(("nav", "landing page", "banner")),
    },
}

# What follows an event in a session: name → weight. Web; see _ON_PHONE for the apps.
_NEXT: dict[str, Mapping[str, float]] = {
    "Page Viewed": {
        "Page Viewed": 24,
        "Task Created": 14,
        "Task Completed": 15,
        "Comment Added": 9,
        "Search Performed": 6,
        "Feature Used": 7,
        "Project Created": 2.2,
        "Report Exported": 2,
        "File Uploaded": 3,
        "Invite Sent": 0.7,
        "Integration Connected": 0.25,
        "Timeline Viewed": 9,
    },
    "Task Created": {
        "Task Created": 28,
        "Page Viewed": 30,
        "Comment Added": 10,
        "File Uploaded": 7,
        "Task Completed": 9,
    },
    "Task Completed": {"Task Completed": 30, "Page Viewed": 34, "Comment Added": 8, "Task Created": 8},
    "Comment Added": {"Page Viewed": 40, "Comment Added": 16, "File Uploaded": 5, "Task Completed": 10},
    "File Uploaded": {"Comment Added": 20, "Page Viewed": 40, "File Uploaded": 12},
    "Search Performed": {"Page Viewed": 60, "Search Performed": 15, "Task Completed": 8},
    "Feature Used": {"Page Viewed": 50, "Task Created": 10, "Feature Used": 12},
    "Project Created": {"Task Created": 50, "Invite Sent": 8, "Page Viewed": 25},
    "Report Exported": {"Page Viewed": 50, "Report Exported": 10},
    "Invite Sent": {"Page Viewed": 40, "Invite Sent": 10, "Project Created": 5},
    "Integration Connected": {"Page Viewed": 50, "Feature Used": 12},
    "Timeline Viewed": {"Timeline Viewed": 22, "Task Created": 16, "Page Viewed": 30, "Report Exported": 4},
}
_LEANINGS: dict[str, Mapping[str, float]] = {
    "maker": {"Task Created": 1.2, "Task Completed": 1.5, "File Uploaded": 1.4},
    "manager": {"Report Exported": 3, "Project Created": 1.8, "Invite Sent": 2.5, "Timeline Viewed": 1.8},
    "viewer": {"Task Created": 0.25, "Task Completed": 0.3, "Project Created": 0.1, "Comment Added": 1.6},
}
_ON_PHONE = {
    "Page Viewed": "Screen Viewed",
    "Report Exported": "Screen Viewed",
    "Integration Connected": "Screen Viewed",
    "Project Created": "Task Created",
}
_ONBOARDING = ("profile", "workspace", "first project", "invite team", "tour")


class Vocabulary:
    """Every event's ready-made properties, and long runs of usage to cut sessions from.

    `usage[persona, phone, timeline]` is such a run: a list of steps in believable order, with the
    Timeline feature in it or without.
    """

    def __init__(self, rng: Random) -> None:
        self.variants = {name: [text(make(rng)) for _ in range(_VARIANTS)] for name, make in _MAKERS.items()}
        self.onboarding = [
            ("Onboarding Step Completed", text({"step": step, "step_number": number, "skipped": False}))
            for number, step in enumerate(_ONBOARDING, start=1)
        ]
        self.usage = {
            (persona, phone, timeline): self._run(rng, persona, phone, timeline)
            for persona in PERSONAS
            for phone in (False, True)
            for timeline in (False, True)
        }

    def step(self, rng: Random, name: str) -> Step:
        """One event with properties drawn for it."""
        return name, rng.choice(self.variants[name])

    def session(self, rng: Random, run: list[Step], length: int) -> list[Step]:
        """`length` consecutive steps of a run."""
        start = int(rng.random() * (len(run) - length))
        return run[start : start + length]

    def _run(self, rng: Random, persona: str, phone: bool, timeline: bool) -> list[Step]:
        following = {name: self._following(name, persona, timeline) for name in _NEXT}
        run, name = [], "Page Viewed"
        for _ in range(_DECK):
            shown = _ON_PHONE.get(name, name) if phone else name
            run.append((shown, rng.choice(self.variants[shown])))
            names, weights = following[name]
            (name,) = rng.choices(names, weights)
        return run

    def _following(self, name: str, persona: str, timeline: bool) -> tuple[list[str], list[float]]:
        leaning = _LEANINGS[persona]
        allowed = {n: w * leaning.get(n, 1) for n, w in _NEXT[name].items() if timeline or n != "Timeline Viewed"}
        return list(allowed), list(allowed.values())
