"""The description for a package index, and the manual page; everything else stands in setup.cfg.

A package index shows README.md, but not the files that it links to. Where setup.cfg says under
`project_urls` where the source is ("Source = https://..."), links lead there; where it does not,
a picture is its words.
"""

import configparser
import re
import sys
from pathlib import Path

from setuptools import Distribution, setup

HERE = Path(__file__).parent
# ![words](path) of a picture and [words](path) of a file, but not addresses and headings.
LINK = re.compile(r"!?\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def source() -> str | None:
    """Return the address below which the files of this version lie."""
    settings = configparser.ConfigParser()
    settings.read(HERE / "setup.cfg", encoding="utf-8")
    listed = settings["metadata"].get("project_urls", "")
    address = re.search(r"^\s*Source\s*=\s*(\S+?)/?$", listed, re.MULTILINE)
    module = (HERE / "neurograph" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', module, re.MULTILINE)
    return f"{address[1]}/raw/v{version[1]}" if address and version else None


def description() -> str:
    """Return README.md with links that hold on a page elsewhere."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    address = source()
    if address is None:
        return LINK.sub(lambda link: f"*{link[1]}*" if link[0][0] == "!" else link[1], text)
    return LINK.sub(lambda link: link[0].replace(f"({link[2]})", f"({address}/{link[2]})"), text)


class InstallManual(Distribution().get_command_class("install_data")):
    """Writes the manual page, which is made of the parser of the command line."""

    def run(self) -> None:
        """Write it where pages of section 1 belong."""
        super().run()
        # The parser needs nothing that has to be installed.
        sys.path.insert(0, str(HERE))
        from neurograph.cli.arguments import parser
        from neurograph.cli.manual import manual_page

        page = Path(self.install_dir, "share", "man", "man1", "neurograph.1")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(manual_page(parser()), encoding="utf-8")
        self.outfiles.append(str(page))


setup(
    long_description=description(),
    # The folder is named so that there are data at all.
    data_files=[("share/man/man1", [])],
    cmdclass={"install_data": InstallManual},
)
