"""What an administrator's commands do, in the process that has the data open: a server, or the command itself.

Each takes the arguments as JSON and answers with something that can be written as JSON.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from diptych.control import InvalidProject
from diptych.instance import Instance
from diptych.model import Accepted, IdentityMode, LinkKind, Project
from diptych.people import linking
from diptych.people.deriving import change_mode, differences, misplaced_events, rebuild_persons
from diptych.people.rebuild import check_profiles, rebuild_profiles
from diptych.people.values import rebuild_values, wrong_values
from diptych.store.promotion import SCOPES, TooMany

Told = Callable[[str], None]
Arguments = Mapping[str, Any]
_SETTLE_SECONDS = 60.0
_MOST_DIFFERENCES = 1_000


class Refused(Exception):
    """A command cannot do what it was asked to. The message is a sentence."""


async def perform(instance: Instance, command: str, arguments: Arguments, told: Told) -> Any:
    """Do a command. Raises Refused, and what the engine and the control database raise.

    `told` is called, from any thread, with a few words on how far a long one is.
    """
    try:
        if command in _LONG_COMMANDS:
            return await _LONG_COMMANDS[command](instance, arguments, told)
        return await _COMMANDS[command](instance, arguments)
    except InvalidProject as error:
        raise Refused(str(error)) from None


async def _show(instance: Instance, arguments: Arguments) -> Any:
    project = await _project(instance, arguments)
    await _settled(instance)
    return await asyncio.to_thread(instance.linking.who_is, project.id, project.identity, arguments["id"])


async def _link(instance: Instance, arguments: Arguments) -> Any:
    project = await _project(instance, arguments)
    if not arguments["actor"] or not arguments["person"] or arguments["actor"] == arguments["person"]:
        raise Refused("Two different ids are needed, and neither may be empty.")
    said = [linking.statement(project.id, LinkKind.ALIAS, arguments["actor"], arguments["person"])]
    return await _say(instance, project, arguments["actor"], said)


async def _unlink(instance: Instance, arguments: Arguments) -> Any:
    project = await _project(instance, arguments)
    await _settled(instance)
    said = await linking.unlinks(instance.linking, project.id, arguments["actor"], arguments["person"])
    if not said:
        raise Refused(f"{linking.not_linked(arguments['actor'], arguments['person'])} in project {project.id}.")
    return await _say(instance, project, arguments["actor"], said)


async def _say(instance: Instance, project: Project, one: str, said: list[Any]) -> Any:
    await instance.pipeline.accept(Accepted(links=said))
    await _settled(instance)
    return await asyncio.to_thread(instance.linking.who_is, project.id, project.identity, one)


async def _change_mode(instance: Instance, arguments: Arguments, told: Told) -> Any:
    project = await _project(instance, arguments)
    mode = arguments["mode"]
    if mode not in list(IdentityMode):
        raise Refused(f"The identity mode must be one of {', '.join(IdentityMode)}, not {mode!r}.")
    store_mode = instance.control.projects.set_identity
    await asyncio.to_thread(
        change_mode, instance.identity, instance.profiles, store_mode, project.id, IdentityMode(mode), told
    )
    return {"project_id": project.id, "identity": mode}


async def _rebuild(instance: Instance, arguments: Arguments, told: Told) -> Any:
    await _settled(instance)
    chosen = await _projects(instance, arguments)
    for project in chosen:
        await asyncio.to_thread(rebuild_persons, instance.identity, project.id, project.identity, told)
        await asyncio.to_thread(rebuild_profiles, instance.profiles, project.id, told)
        await asyncio.to_thread(rebuild_values, instance.identity, project.id)
    return {"projects": [project.id for project in chosen]}


async def _check(instance: Instance, arguments: Arguments) -> Any:
    await _settled(instance)
    found: list[str] = []
    for project in await _projects(instance, arguments):
        found += await asyncio.to_thread(_differences, instance, project)
    return {"differences": found}


def _differences(instance: Instance, project: Project) -> list[str]:
    found = [
        f"project {project.id}: {one.id} is stored as {one.stored.person} (properties of {one.stored.owner}), "
        f"and should be {one.wanted.person} (properties of {one.wanted.owner})"
        for one in differences(instance.identity, project.id, project.identity)
    ]
    if count := misplaced_events(instance.identity, project.id, project.identity):
        found.append(f"project {project.id}: {count} events count for another person than they should")
    found += [f"project {project.id}: {one}" for one in check_profiles(instance.profiles, project.id)]
    found += [
        f"project {project.id}: {count} events have another {key} in their column than at their time"
        for key, count in wrong_values(instance.engine, project.id)
    ]
    return found[:_MOST_DIFFERENCES]


async def _properties(instance: Instance, arguments: Arguments) -> Any:
    promoted = await asyncio.to_thread(instance.promotions.refresh)
    return {"promoted": [{"scope": p.scope, "key": p.key, "pinned": p.pinned, "used": str(p.used)} for p in promoted]}


async def _promote(instance: Instance, arguments: Arguments) -> Any:
    place = _place(arguments)
    try:
        await asyncio.to_thread(instance.promotions.promote, place["scope"], place["key"])
    except TooMany as error:
        raise Refused(str(error)) from None
    return place


async def _demote(instance: Instance, arguments: Arguments) -> Any:
    place = _place(arguments)
    if not await asyncio.to_thread(instance.promotions.demote, place["scope"], place["key"]):
        raise Refused(f"The property {place['key']} of scope {place['scope']} is not promoted.")
    return place


def _place(arguments: Arguments) -> dict[str, str]:
    if arguments["scope"] not in SCOPES:
        raise Refused(f"The scope must be one of {', '.join(SCOPES)}, not {arguments['scope']!r}.")
    if not arguments["key"]:
        raise Refused("The property's name may not be empty.")
    return {"scope": arguments["scope"], "key": arguments["key"]}


async def _project(instance: Instance, arguments: Arguments) -> Project:
    """The project of that number; without one the only project there is."""
    projects = await instance.control.run(instance.control.projects.list)
    number = arguments.get("project")
    found = [project for project in projects if number in (None, project.id)]
    if len(found) == 1:
        return found[0]
    if number is not None:
        raise Refused(f"There is no project {number}.")
    raise Refused("There are several projects: name one with --project." if found else "There is no project yet.")


async def _projects(instance: Instance, arguments: Arguments) -> list[Project]:
    if arguments.get("project") is not None:
        return [await _project(instance, arguments)]
    return await instance.control.run(instance.control.projects.list)


async def _settled(instance: Instance) -> None:
    if not await instance.pipeline.settled(_SETTLE_SECONDS):
        raise Refused("What was accepted is not in the engine yet: look at the server's log, or try again.")


_COMMANDS: dict[str, Callable[[Instance, Arguments], Awaitable[Any]]] = {
    "identity show": _show,
    "identity link": _link,
    "identity unlink": _unlink,
    "check": _check,
    "properties list": _properties,
    "properties promote": _promote,
    "properties demote": _demote,
}
_LONG_COMMANDS: dict[str, Callable[[Instance, Arguments, Told], Awaitable[Any]]] = {
    "identity mode": _change_mode,
    "rebuild": _rebuild,
}
