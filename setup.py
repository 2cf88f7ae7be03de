"""The description for a package index; everything else stands in setup.cfg.

A package index shows README.md, but not the files that it links to. Where setup.cfg says under
`project_urls` where the source is ("Source = https://..."), links lead there; where it does not,
a picture is its words.
"""

import configparser
import re
from pathlib import Path

from setuptools import setup

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


setup(long_description=description())
