"""The pages in the browser round as files and mail do: a share never says more than it is."""

import json
import random
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Final

MODULE: Final = Path("graphql_api/web/src/share.js").resolve()
LINES: Final = ("0.8", "0.88", "0.1", "0.875")
EXAMPLES: Final = {
    0.79995: "79.9%", 0.99967: "99.9%", 2999 / 3000: "99.9%", 0.00004: "0.1%", 0.8: "80.0%", 0.80004: "80.0%",
    0.87499: "87.4%", 0.875: "87.5%", 0: "0.0%", 1: "100.0%", 0.9123: "91.2%", 1 - 2**-53: "99.9%", 5e-324: "0.1%",
    0.69999: "69.9%",
}  # fmt: skip


def said(shares: list[float]) -> list[str]:
    """What the module answers for these shares, in English."""
    script = f"""
    const {{ percent }} = await import({json.dumps(MODULE.as_uri())});
    Number.prototype.toLocaleString = function (_, how) {{ return new Intl.NumberFormat('en', how).format(this); }};
    console.log(JSON.stringify({json.dumps(shares)}.map(share => percent(share, [{", ".join(LINES)}]))));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def test_no_share_is_shown_as_a_line_it_is_below() -> None:
    assert dict(zip(EXAMPLES, said(list(EXAMPLES)), strict=True)) == EXAMPLES
    rng = random.Random(22)
    shares = [rng.random() for _ in range(1000)]
    shares += [max(0.0, min(1.0, float(line) + rng.uniform(-1e-3, 1e-3))) for line in LINES for _ in range(500)]
    lines = [Decimal(line) for line in (*LINES, *(str(n / 100) for n in range(101)))]
    for share, text in zip(shares, said(shares), strict=True):
        exact, shown = Decimal(repr(share)), Decimal(text.removesuffix("%")) / 100
        assert [shown < line for line in lines] == [exact < line for line in lines]
        assert (shown == 0, shown == 1) == (exact == 0, exact == 1)
        assert abs(shown - exact) < Decimal("0.001")
