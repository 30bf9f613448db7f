"""On the board: a structure soldered to a board, cycled until something lets go, and how long that takes."""
