"""Settings: each variable explained where an operator looks, each rule's setting read by a rule."""

import ast
import re

from tests.architecture.tree import ROOT, sources

RULES = "config/rules.py"
READERS = ("config/settings.py", RULES, "config/gunicorn.py", "config/bodies.py")
EXAMPLE = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def variables_read(text: str) -> set[str]:
    """Names that a file asks the environment for: `env.str("X")`, `os.environ.get("X")`."""
    asked = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = node.args[0]
            asker = ast.unparse(node.func.value)
            if asker in {"env", "os.environ"} and isinstance(name, ast.Constant):
                asked.add(str(name.value))
    return asked


def explained(example: str) -> set[str]:
    """Names in `.env.example`; X_FILE stands for X, unless X itself is the path of a file."""
    return set(EXAMPLE.findall(example))


def unread(names: set[str], code: str) -> list[str]:
    """Settings that no line of code asks for."""
    return sorted(name for name in names if not re.search(rf"\bsettings\.{name}\b", code))


def settings_of_rules(text: str) -> set[str]:
    """What the module of the programme's rules assigns."""
    return set(re.findall(r"^([A-Z][A-Z0-9_]+) = ", text, re.MULTILINE))


def test_every_variable_is_explained_and_every_explained_one_is_read() -> None:
    read = {name for path in READERS for name in variables_read((ROOT / path).read_text("utf-8"))}
    names = explained((ROOT / ".env.example").read_text("utf-8"))
    known = {name if name in read else name.removesuffix("_FILE") for name in names}
    assert len(read) > 20
    assert known == read


def test_every_setting_of_a_rule_is_read_by_code() -> None:
    names = settings_of_rules((ROOT / RULES).read_text("utf-8"))
    code = "\n".join(source.text for source in sources() if not source.path.startswith("tests/"))
    assert len(names) > 10
    assert unread(names, code) == []


def test_planted_forgotten_variable_and_unread_setting_are_found() -> None:
    assert variables_read('A = env.str("A_NAME")\nB = os.environ.get("B")\nenv.read()') == {
        *("A_NAME", "B")
    }
    assert explained("AA=1\n# BB=2\n# words about CC=3\n") == {"AA", "BB"}
    assert unread({"USED", "UNUSED"}, "x = settings.USED") == ["UNUSED"]
    assert settings_of_rules("env = 1\nBB = 2\n") == {"BB"}
