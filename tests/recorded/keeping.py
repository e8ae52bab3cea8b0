"""How an answer is kept: whole and as it came, one file each. What may differ is taken away only when comparing."""

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx

TEXTUAL: Final = ("application/json", "application/graphql-response+json", "application/schema+json")


@dataclass(slots=True)
class Keeper:
    """A recording being made."""

    directory: Path

    def counts(self) -> Counter[str]:
        """How many things of each sort it has by now."""
        kept = (path.relative_to(self.directory) for path in self.directory.rglob("*") if path.is_file())
        return Counter(path.parts[0] for path in kept if path.parts[0] != "logs")

    def keep(self, sort: str, name: str, value: Any) -> None:
        """Keeps what JSON can say, as SORT/NAME.json."""
        path = self._path(sort, f"{name}.json")
        path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def keep_bytes(self, sort: str, name: str, content: bytes) -> None:
        """Keeps a file as it is."""
        self._path(sort, name).write_bytes(content)

    def _path(self, sort: str, name: str) -> Path:
        path = self.directory / sort / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise FileExistsError(f"{path} would be recorded twice.")
        return path


def answered(answer: httpx.Response) -> dict[str, Any]:
    """The complete answer. `compact` says that the body is byte for byte what its JSON is without white space."""
    kept: dict[str, Any] = {"status": answer.status_code, "headers": dict(sorted(answer.headers.items()))}
    if not answer.content or answer.headers.get("content-type", "").split(";")[0] not in TEXTUAL:
        return kept | {"size": len(answer.content), "sha256": sha256(answer.content).hexdigest()}
    body = json.loads(answer.text)
    compact = json.dumps(body, separators=(",", ":"), ensure_ascii=False) == answer.text
    return kept | {"compact": compact, "body": body}
