"""The reference of commands names every command and every option, and no others."""

import re

import click

from server.cli.commands import freehold
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_table_and_has_a_section() -> None:
    commands = set(freehold.list_commands(click.Context(freehold)))
    assert set(re.findall(r"^\| `freehold (\w+)` \|", PAGE, re.MULTILINE)) == commands
    assert set(re.findall(r"^## freehold (\w+)$", PAGE, re.MULTILINE)) == commands


def test_every_option_is_in_the_section_of_its_command() -> None:
    context = click.Context(freehold)
    sections = dict(re.findall(r"^## freehold (\w+)\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL))
    for name in freehold.list_commands(context):
        command = freehold.get_command(context, name)
        assert command is not None
        options = {option for each in command.params for option in each.opts if option.startswith("--")}
        assert set(re.findall(r"^\| `(--[\w-]+)", sections[name], re.MULTILINE)) == options - {"--help"}, name
