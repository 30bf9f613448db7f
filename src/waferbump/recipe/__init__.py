"""The recipe: what the user wrote, read, checked, and written out again."""

from waferbump.recipe.changes import assignment
from waferbump.recipe.document import Recipe, Step, load
from waferbump.recipe.flows import flow_names, part_names
from waferbump.recipe.problems import Problem, RecipeError
from waferbump.recipe.schema import commented, schema
from waferbump.recipe.verbs import VERBS

__all__ = [
    "VERBS",
    "Problem",
    "Recipe",
    "RecipeError",
    "Step",
    "assignment",
    "commented",
    "flow_names",
    "load",
    "part_names",
    "schema",
]
