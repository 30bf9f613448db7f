"""Mutated recipes: each loads, or is refused with lines that name the file; nothing else, and soon."""

import copy
import json
import random
import time

import pytest
from ruamel.yaml import YAML

from tests.recipe.samples import EVERY_VERB, STAIR
from waferbump import recipe

SEED = 20_241
FEW, MANY = 150, 3000  # mutations of each kind: in every run, and in the long suite
SOON = 3.0  # [s]; the slowest takes a tenth, the rest is for a busy machine

TIMES = (1, 1, 1, 2, 4)  # mutations of one recipe: mostly one, so that not all of them break at the first letter

WITH_PARTS = (
    STAIR.replace("steps:\n", "steps:\n  - use: film\n    id: low\n    with: {metal: TiW}\n")
    + """\
parts:
  film: {parameters: {metal: required, thickness: 100 nm}, steps: [{deposit: {id: $metal, material: $metal, thickness: $thickness}}]}
changes: {cell.pitch: 160 um, steps.resist-1.thickness: 25 um, steps.deposit-1: null, masks.bump.circle: 81 um}
spec: {bump_height: {min: 40 um, max: 60 um}}
layout: {layers: {ubm: 20/0}, site: [1 um, 2 um]}
"""
)
SOURCES = (STAIR, EVERY_VERB, WITH_PARTS)
SCRAPS = (
    "", " ", ":", "- ", "{", "}", "[", "]", "\n", "\t", "#", "&a ", "*a", "!x ", "!!binary ", "|", ">", "'", '"', "%", "@", "`", "\\",
    "---\n",
    "...\n", "?", ",", "null", "true", "1", "-1", "0", "1e999", ".nan", "um", "20 um", "-3 um", "20 degC", "1 parsec", "9**9 um", "m^99",
    "$x",
    "$metal", "use", "steps", "deposit", "release", "<<", "ÿ", "☃", "\u2028", "\x85", "0 K", "1e-400 um", "5 %", "- strip\n", "of: bump",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 1, 1.5, 1e300, float("inf"), float("nan"), "", " ", "x", "20 um", "-20 um", "20 degC", "1e999 um", "5 %",
    "$metal",
    "bump", "Cu", "Sn3.5Ag", "generic-positive-slow", [], {}, [1], ["20 um", "3 um"], {"a": 1}, {"circle": "20 um"}, [[["x"]]], "a" * 3000,
    {"deposit": None}, {"use": "film"}, "\x07", 10**30,
)  # fmt: skip
NAMES = (
    "id",
    "note",
    "model",
    "material",
    "of",
    "use",
    "with",
    "circle",
    "thickness",
    "x",
    "",
    "steps",
    "a.b",
    "bias",
    "mask",
    "until",
    "tool",
)


def outcome(text):
    """Whether a text loads; anything but a recipe or a RecipeError of well-formed lines fails."""
    start = time.perf_counter()
    try:
        found = recipe.Recipe.from_yaml(text, file="mutated.yaml")
    except recipe.RecipeError as error:
        for line in str(error).split("\n"):
            assert line.startswith("mutated.yaml") and line.isprintable(), line
            assert len(line) < 1500, line[:200]
        loaded = False
    else:
        loaded = True
        assert recipe.Recipe.from_yaml(found.to_yaml()) == found
        found.warnings()
    assert time.perf_counter() - start < SOON
    return loaded


def any_value(source):
    """One of the values, as a copy that later mutations may change."""
    return copy.deepcopy(source.choice(VALUES))


def mutated_characters(text, source):
    """A few characters changed, removed, doubled or put in."""
    characters = list(text)
    for _ in range(source.choice(TIMES)):
        place = source.randrange(len(characters))
        kind = source.randrange(4)
        if kind == 0:
            characters[place] = chr(source.choice((source.randrange(32, 127), source.randrange(1, 256), source.randrange(0x2000, 0x2100))))
        elif kind == 1:
            del characters[place : place + source.randint(1, 12)]
        elif kind == 2:
            characters[place:place] = characters[place : place + source.randint(1, 60)]
        else:
            characters.insert(place, source.choice(SCRAPS))
    return "".join(characters)


def mutated_tokens(text, source):
    """Words exchanged for others, or for scraps that mean something to YAML or to the language."""
    words = text.replace("\n", " \n ").split(" ")
    for _ in range(source.choice(TIMES)):
        place = source.randrange(len(words))
        other = source.choice((source.choice(words), source.choice(SCRAPS), source.choice(words) + source.choice(SCRAPS)))
        words[place] = other
    return " ".join(words).replace(" \n ", "\n")


def mutated_tree(text, source):
    """The parsed recipe with values exchanged, fields renamed, dropped, moved or added, written as JSON (which is YAML)."""
    tree = YAML(typ="safe", pure=True).load(text)
    for _ in range(source.choice(TIMES)):
        places = list(_places(tree))
        parent, key = source.choice(places)
        kind = source.randrange(5)
        if kind == 0:
            parent[key] = any_value(source)
        elif kind == 1:
            other, name = source.choice(places)
            parent[key] = json.loads(json.dumps(other[name]))
        elif kind == 2 and isinstance(parent, dict):
            parent[source.choice(NAMES)] = parent.pop(key)
        elif kind == 3 and isinstance(parent, dict):
            parent[source.choice(NAMES)] = any_value(source)
        elif isinstance(parent, dict):
            del parent[key]
        else:
            parent.insert(key, any_value(source))
    return json.dumps(tree, ensure_ascii=source.random() < 0.5)


def _places(tree):
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, child in list(pairs):
        yield tree, key
        if isinstance(child, dict | list):
            yield from _places(child)


KINDS = {"characters": mutated_characters, "tokens": mutated_tokens, "tree": mutated_tree}


def run(kind, count, seed):
    loaded = 0
    for index in range(count):
        source = random.Random(f"{seed}-{kind}-{index}")
        text = KINDS[kind](SOURCES[index % len(SOURCES)], source)
        try:
            loaded += outcome(text)
        except BaseException:
            print(f"{kind} mutation {index} of seed {seed}:\n{text}")
            raise
    return loaded


@pytest.mark.parametrize("kind", KINDS)
def test_some_mutations(kind):
    loaded = run(kind, FEW, SEED)
    # a mutator that breaks everything, or nothing, tests nothing
    assert 0 < loaded < FEW


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_mutations(kind):
    loaded = run(kind, MANY, SEED + 1)
    assert 0 < loaded < MANY


def test_sources_load_unchanged():
    for text in SOURCES:
        assert outcome(text)


def mutated_bytes(data, source):
    for _ in range(source.randint(1, 5)):
        place = source.randrange(len(data))
        data = data[:place] + bytes(source.randrange(256) for _ in range(source.randint(0, 3))) + data[place + source.randint(0, 3) :]
    return data


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_mutated_bytes_of_a_file(tmp_path, count):
    path = tmp_path / "mutated.yaml"
    loaded = 0
    for index in range(count):
        path.write_bytes(mutated_bytes(EVERY_VERB.encode(), random.Random(f"{SEED}-bytes-{index}")))
        try:
            recipe.load(path)
            loaded += 1
        except recipe.RecipeError as error:
            assert all(line.startswith(str(path)) for line in str(error).split("\n"))
    assert 0 < loaded < count


def random_path(paths, source):
    parts = source.choice(paths).split(".")
    for _ in range(source.randint(0, 2)):
        place = source.randrange(len(parts) + 1)
        if source.random() < 0.5:
            parts.insert(place, source.choice((*NAMES, "0", "-1", "99999999999999999999", "ü")))
        elif len(parts) > 1:
            del parts[min(place, len(parts) - 1)]
    return ".".join(parts)


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_random_changes(count):
    whole = recipe.Recipe.from_yaml(EVERY_VERB)
    paths = [
        "cell.pitch",
        "carrier",
        "masks.bump.circle",
        "masks.foil.array.of",
        "masks.free.polygon.1.0",
        "spec.bump_height.min",
        "seed",
        "title",
    ]
    paths += [f"steps.{step.id}.{name}" for step in whole.steps for name in vars(step.settings)]
    paths += ["steps.expose-1.tool.gap", "steps.etch-1.rates.Cu", "steps.reflow-1.profile.0.time", "steps.place-1.skin.flux", "layout.site"]
    for index in range(count):
        source = random.Random(f"{SEED}-changes-{index}")
        changes = [(random_path(paths, source), any_value(source)) for _ in range(source.randint(1, 3))]
        try:
            found = whole.with_changes(changes)
            assert recipe.Recipe.from_yaml(found.to_yaml()) == found, changes
        except recipe.RecipeError as error:
            assert all(line.isprintable() for line in str(error).split("\n")), changes
