"""Writes `src/consentkit/pages/cldr/*.toml`: what the Unicode CLDR knows of each language of `pages/locales/`.

    python .ci/locales.py           writes the files
    python .ci/locales.py --check   status 1 if a file is not what would be written

Needs Babel, which brings the CLDR; the package itself does not.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from babel import Locale

PAGES = Path(__file__).resolve().parent.parent / "src" / "consentkit" / "pages"
# Where the CLDR's plain locale is another place's than most readers': day before month in English.
SPECIAL = {"en": "en_GB", "zh-Hans": "zh_Hans", "pt": "pt_PT", "pt-BR": "pt_BR"}
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
INTEGERS = range(1_000)  # the categories that these take are the ones that texts need
_RELATION = re.compile(r"([a-z])( mod \d+)? (in|not in) (.+)")
_FIELDS = {"y": "{year}", "d": "{day}", "M": "{number}", "MMMM": "{month}"}


def locale_of(tag: str) -> Locale:
    """Babel's locale of one of our languages."""
    return Locale.parse(SPECIAL.get(tag, tag))


def integer_rule(rule: str) -> str | None:
    """A CLDR plural rule as far as it is about whole numbers: of `n` alone; None if none follows it."""
    found = list[str]()
    for group in rule.split(" or "):
        kept = list[str]()
        for relation in group.split(" and "):
            match = _RELATION.fullmatch(relation)
            if match is None:
                raise ValueError(f"cannot read the plural rule {rule!r}")
            operand, modulo, sign, ranges = match.groups()
            if operand in "ni":
                kept.append(f"n{modulo or ''} {sign} {ranges}")
            elif holds_zero(ranges) is (sign == "not in"):  # fractions and exponents: 0 for whole numbers
                break
        else:
            found.append(" and ".join(kept))
    unique = list(dict.fromkeys(found))
    return " or ".join(unique) if unique else None


def holds_zero(ranges: str) -> bool:
    """Whether a rule's list of numbers has 0."""
    return any(part.split("..")[0] == "0" for part in ranges.split(","))


def date_pattern(pattern: str) -> str:
    """The CLDR's long date pattern with our names in braces."""
    out = list[str]()
    for literal, letters, other in re.findall(r"'([^']*)'|([a-zA-Z]+)|([^a-zA-Z']+)", pattern):
        if letters:
            out.append(_FIELDS[{"dd": "d", "MM": "M", "yyyy": "y"}.get(letters, letters)])
        else:
            out.append(literal or other)
    return "".join(out)


def build(tag: str) -> str:
    """The file of one language."""
    locale, plain = locale_of(tag), Locale.parse(tag.replace("-", "_"))
    rules = {
        category: rule
        for category, text in locale.plural_form.rules.items()
        if (rule := integer_rule(text)) is not None
    }
    taken = {locale.plural_form(number) for number in INTEGERS}
    lines = [
        "# Written by .ci/locales.py from the Unicode CLDR (unicode.org/license.txt); change nothing here.",
        "",
        "[meta]",
        f"language = {quoted(tag)}",
        f"name = {quoted(plain.get_display_name(plain) or tag)}",
        f'direction = "{locale.text_direction}"',
        f"date = {quoted(date_pattern(str(locale.date_formats['long'].pattern)))}",
        f"months = {quoted([locale.months['format']['wide'][number] for number in range(1, 13)])}",
        "",
        "[plural]",
        *(f"{category} = {quoted(rule)}" for category, rule in sorted(rules.items()) if category in taken),
        "",
        "[facts]",
    ]
    for unit in UNITS:
        widths = locale._data["unit_patterns"][f"duration-{unit}"]  # noqa: SLF001 (there is no other way)
        # Where the long form is the short one, the CLDR leaves it out.
        patterns = {**widths.get("short", {}), **widths.get("long", {})}
        for category in sorted(taken):
            text = patterns.get(category, patterns["other"]).replace("{0}", "{count}")
            lines.append(f"lifetime_{unit}s_{category} = {quoted(text)}")
    countries = {code: name for code, name in locale.territories.items() if re.fullmatch("[A-Z]{2}", code)}
    lines += ["", "[countries]"]
    lines += [f"{code} = {quoted(name)}" for code, name in sorted(countries.items()) if code in codes()]
    return "\n".join(lines) + "\n"


def codes() -> frozenset[str]:
    """The countries: what English has a name for, without groups of countries and placeholders."""
    groups = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "CQ"}  # and Sark, which most languages have no name for
    return frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)) - groups


def quoted(value: str | list[str]) -> str:
    """A TOML string or list of them: JSON's form is one."""
    return json.dumps(value, ensure_ascii=False)


def main() -> int:
    """Writes or checks all files."""
    check, status = "--check" in sys.argv[1:], 0
    for source in sorted((PAGES / "locales").glob("*.toml")):
        target, text = PAGES / "cldr" / source.name, build(source.stem)
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"{target.name} is not what this script would write; run it without --check")
            status = 1
        else:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
