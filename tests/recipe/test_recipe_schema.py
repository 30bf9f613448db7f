"""The JSON Schema accepts what the reader accepts, and refuses the plainest mistakes."""

import json
import re

import pytest
from ruamel.yaml import YAML

from tests.recipe.samples import EVERY_VERB, STAIR
from waferbump import recipe


def complaints(schema, value, root, path="$"):
    """A validator of just the keywords that this schema uses; an unknown keyword fails the test."""
    known = {
        "$ref", "$schema", "$defs", "title", "description", "examples", "default", "type", "const", "enum", "properties", "required",
        "additionalProperties", "items", "prefixItems", "minItems", "maxItems", "minLength", "minimum", "maximum", "anyOf", "oneOf",
        "minProperties", "propertyNames",
    }  # fmt: skip
    assert set(schema) <= known, set(schema) - known
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return complaints(target, value, root, path)
    found = []
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None), "boolean": bool}
    if "type" in schema:
        allowed = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if not any(isinstance(value, types[name]) and not (isinstance(value, bool) and name != "boolean") for name in allowed):
            return [f"{path}: {value!r} is no {allowed}"]
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is none of {schema['enum']}")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [f"{path}: needs {name}" for name in schema.get("required", []) if name not in value]
        if len(value) < schema.get("minProperties", 0):
            found.append(f"{path}: too few")
        for name, item in value.items():
            found += complaints(schema.get("propertyNames", {}), name, root, f"{path}.{name}")
            rule = properties.get(name, schema.get("additionalProperties", True))
            if rule is False:
                found.append(f"{path}: unknown {name}")
            elif rule is not True:
                found += complaints(rule, item, root, f"{path}.{name}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{path}: {len(value)} items")
        for index, item in enumerate(value):
            rules = schema.get("prefixItems", [])
            rule = rules[index] if index < len(rules) else schema.get("items", {})
            found += complaints(rule, item, root, f"{path}[{index}]")
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        found.append(f"{path}: too short")
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{path}: out of range")
    for keyword, enough in (("anyOf", lambda count: count >= 1), ("oneOf", lambda count: count == 1)):
        if keyword in schema:
            tried = [complaints(option, value, root, path) for option in schema[keyword]]
            if not enough(sum(not one for one in tried)):
                found.append(f"{path}: {keyword} fails: {min(tried, key=len)}")
    return found


@pytest.fixture(scope="module")
def schema():
    return recipe.schema()


def plain(text):
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))


def test_it_is_json(schema):
    assert json.loads(json.dumps(schema)) == schema


def test_every_reference_leads_somewhere(schema):
    for name in re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema)):
        assert name in schema["$defs"]


@pytest.mark.parametrize("text", [STAIR, EVERY_VERB.replace("- strip\n", "- strip: {}\n"), recipe.Recipe.from_yaml(EVERY_VERB).to_yaml()])
def test_it_accepts_recipes(schema, text):
    assert complaints(schema, plain(text), schema) == []


def test_it_accepts_every_built_in_flow(schema):
    for name in recipe.flow_names():
        assert complaints(schema, plain(recipe.load(name).to_yaml()), schema) == [], name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("waferbump: 1", "waferbump: 2"),
        ("deposit:", "depositt:"),
        ("thickness: 100 nm", "thicknes: 100 nm"),
        ("thickness: 100 nm", "thickness: 100"),
        ("material: Ti, ", ""),
        ("kind: aligner", "kind: alinger"),
        ("{circle: 80 um, overlay: 0 um}", "80 um"),
        ("cell: {pitch: 150 um}", "cel: {pitch: 150 um}"),
        ("resist: generic-positive-slow, ", ""),
        ("resist: generic-positive-slow", "resist: generic-positive-slow, material: generic-positive-slow"),
    ],
)
def test_it_refuses_what_the_reader_refuses(schema, old, new):
    text = STAIR.replace(old, new, 1)
    assert text != STAIR
    assert complaints(schema, plain(text), schema)
    with pytest.raises(recipe.RecipeError):
        recipe.Recipe.from_yaml(text)


def test_an_alias_is_accepted(schema):
    assert complaints(schema, plain(STAIR.replace("resist: generic", "material: generic")), schema) == []
