"""What pyproject.toml cannot say: a wheel holds the built pages, or there is none."""

import shutil
from pathlib import Path
from typing import Final

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

WEB: Final = Path("graphql_api", "web")
PAGES: Final = ("index.html", "open.html")


class BuildWithPages(build_py):
    """Refuses to build without pages. An editable install takes them from the tree, whenever they are there."""

    def run(self) -> None:
        """Copies the packages and their files."""
        if not self.editable_mode:
            missing = [str(WEB / "dist" / page) for page in PAGES if not Path(WEB, "dist", page).is_file()]
            if missing:
                raise SetupError(
                    f"The pages are not built: there is no {' and no '.join(missing)}. Run `make setup`, or"
                    f" `npm ci && npm run build` in {WEB}, and build the wheel again."
                )
            # an earlier build left pages there whose names nobody asks for any more
            shutil.rmtree(Path(self.build_lib, WEB, "dist"), ignore_errors=True)
        super().run()


setup(cmdclass={"build_py": BuildWithPages})
