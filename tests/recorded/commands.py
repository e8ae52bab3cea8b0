"""Commands: what they print, what they refuse and with which exit code, and the files they write."""

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.recorded.keeping import Keeper
from tests.recorded.product import Product

AT_ONCE: Final = 2
EXPORTS: Final = (("XLSX", "xlsx", ()), ("PDF", "pdf", ("--locale", "de", "--paper", "LETTER")))


def run_reading_commands(
    product: Product, keeper: Keeper, values: Mapping[str, Any], emails: Mapping[str, str]
) -> None:
    """Runs the commands that change nothing, two beside one another, since each takes seconds to start."""
    asked = dict(reading(values, emails))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, shown in zip(
            asked, pool.map(lambda arguments: _run(product, arguments), asked.values()), strict=True
        ):
            keeper.keep("commands", name, shown)


def run_changing_commands(product: Product, keeper: Keeper, values: Mapping[str, Any]) -> None:
    """Runs those that change something, one after the other."""
    for name, arguments in changing(values).items():
        keeper.keep("commands", name, _run(product, arguments))


def export_by_command(product: Product, keeper: Keeper, values: Mapping[str, Any]) -> None:
    """Files that the command line writes."""
    with tempfile.TemporaryDirectory(prefix="recorded-") as place:
        for format_, suffix, options in EXPORTS:
            target = Path(place) / f"command.{suffix}"
            reports = (values["trainerReport"], values["traineeReport"])
            product.command("export", *reports, "--format", format_, "-o", str(target), *options).check_returncode()
            keeper.keep_bytes("files", target.name, target.read_bytes())


def reading(values: Mapping[str, Any], emails: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Commands that change nothing."""
    yield "help", ("--help",)
    yield "schema", ("schema",)
    yield "schema-both", ("schema", "--json", "--query")
    viewer = "{ viewer { name role subjects { name } } schools { totalCount } }"
    yield "query", ("query", viewer, "--as", emails["TRAINEE"])
    yield "query-bad-variables", ("query", viewer, "--as", emails["TRAINER"], "--variables", "[]")
    yield "token-nobody", ("token", "nobody@northgate.example")
    yield "generate-kind", ("generate", "SHOE", "--period", "2026-10", "--all")
    yield "generate-period", ("generate", "SCHOOL", "--period", "someday", "--all")
    yield "generate-unknown", ("generate", "SCHOOL", "--period", "2026-10", "--subject", "nowhere")
    yield "export-option", ("export", values["schoolReport"], "--format", "JSON", "--paper", "A4", "-o", "-")
    yield "export-unknown", ("export", values["unknownReport"], "--format", "JSON", "-o", "-")
    yield "export-json", ("export", values["schoolReport"], "--format", "JSON", "-o", "-")
    yield "branding", ("branding", values["schoolSource"])
    yield "import-nowhere", ("import", "/nowhere/at/all")
    yield "doctor", ("doctor",)
    yield "verify", ("verify",)
    yield "unknown", ("dance",)


def changing(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Commands that change something, in their order."""
    generate = ("generate", "TRAINEE", "--period", values["week"])
    return {
        "generate-one": (*generate, "--subject", values["traineeSource"]),
        "generate-all": ("generate", "CLASS_GROUP", "--period", values["week"], "--all"),
        "branding-colour": ("branding", values["schoolSource"], "--colour", "white"),
    }


def _run(product: Product, arguments: tuple[str, ...]) -> dict[str, Any]:
    done = product.command(*arguments)
    return {
        "arguments": list(arguments),
        "exit": done.returncode,
        "out": done.stdout.splitlines(),
        "err": done.stderr.splitlines(),
    }
