"""Physics of single phenomena: pure functions of SI numbers and arrays that know no recipe and no material name."""
