# SPDX-License-Identifier: MIT
"""What a terminal shows of the few control sequences that siplaunch and a plain shell print. Any other one is an error."""
import re
import unicodedata

SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")
BEGUN = re.compile(r"\x1b(\[\??[0-9;]*)?$")


class Screen:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.grid, self.row, self.column = self.empty(), 0, 0
        self.main = None  # what the alternate screen hides: (grid, row, column)
        self.cursor, self.begun = True, ""
        self.wrapped = 0   # how often a line was longer than the screen is wide
        self.scrolled = 0  # how often the first line was lost
        self.cleared = 0   # how often all of it was cleared at once

    def empty(self):
        return [[" "] * self.columns for _ in range(self.rows)]

    def resize(self, rows, columns):
        """As xterm does it: what has no room is lost, and what is new is empty."""
        def fitted(grid):
            return [(row + [" "] * columns)[:columns] for row in (grid + [[]] * rows)[:rows]]
        self.rows, self.columns = rows, columns
        self.grid = fitted(self.grid)
        self.row, self.column = min(self.row, rows - 1), min(self.column, columns - 1)
        if self.main:
            self.main = (fitted(self.main[0]), min(self.main[1], rows - 1), min(self.main[2], columns - 1))

    def text(self):
        return "".join("".join(row).rstrip() + "\n" for row in self.grid).rstrip("\n") + "\n"

    def feed(self, text):
        text, self.begun = self.begun + text, ""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                if BEGUN.match(text, at):
                    self.begun = text[at:]
                    return
                sequence = SEQUENCE.match(text, at)
                assert sequence, "not a sequence that is known here: %r" % text[at:at + 10]
                self.obey(*sequence.groups())
                at = sequence.end()
            else:
                self.put(text[at])
                at += 1

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.next_row()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character >= " " and not unicodedata.combining(character):
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + width > self.columns:  # also where the last column was just written
                self.wrapped += 1
                self.column = 0
                self.next_row()
            self.grid[self.row][self.column:self.column + width] = [character] + [""] * (width - 1)
            self.column += width

    def next_row(self):
        if self.row + 1 < self.rows:
            self.row += 1
            return
        self.grid = self.grid[1:] + [[" "] * self.columns]
        self.scrolled += 1

    def clear(self, row, from_column):
        self.grid[row][from_column:] = [" "] * (self.columns - from_column)

    def obey(self, private, numbers, letter):
        if (private, letter) == ("", "m") or (private, numbers, letter) in (("?", "2004", "h"), ("?", "2004", "l")):
            return
        elif (private, numbers, letter) == ("", "", "H"):
            self.row = self.column = 0
        elif (private, numbers, letter) == ("", "", "K"):
            self.clear(self.row, min(self.column, self.columns - 1))  # the cursor waits on the last column
        elif (private, letter) == ("", "J"):
            self.cleared += numbers == "2"
            first = 0 if numbers == "2" else self.row + 1
            for row in range(first, self.rows):
                self.clear(row, 0)
            if numbers != "2":
                self.clear(self.row, min(self.column, self.columns - 1))
        elif (private, numbers) == ("?", "25"):
            self.cursor = letter == "h"
        elif (private, numbers, letter) == ("?", "1049", "h"):
            assert self.main is None, "twice on the alternate screen"
            self.main = (self.grid, self.row, self.column)
            self.grid = self.empty()
        elif (private, numbers, letter) == ("?", "1049", "l"):
            assert self.main, "not on the alternate screen"
            (self.grid, self.row, self.column), self.main = self.main, None
        else:
            raise AssertionError("not a sequence that is known here: %s" % repr((private, numbers, letter)))
