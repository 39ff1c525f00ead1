"""Charts, as a program looks at them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def marks(drawn: str) -> list[ET.Element]:
    """The marks of the values in a picture."""
    return [path for path in ET.fromstring(drawn).iter(f"{SVG}path") if path.get("class") == "mark"]
