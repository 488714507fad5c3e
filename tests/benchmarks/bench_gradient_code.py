"""All broken variants of gradient code: caught, certified, blamed. Run with N for every N-th only, with -v for each, -r to repair them.

Seen in a run of all 462 (366 s of one core, without repairs): 41 are refused, for NumPy itself finds no shapes for them; one is no mistake
at all (a transpose left out of a vector) and is proven; the other 420 are called wrong, each with a certificate. The line that is named
is the broken one in 327 of 347, and of 73 statements left out 65 are named by what they would have set: 392 of 420.

A statement that was left out has no line of its own: it counts as blamed where what is named is the variable that it would have set.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from code_mutants import Mutant, mutants, source_of

from symrnn.code.blame import Blame, blamed
from symrnn.code.examine import examine
from symrnn.code.repair import repairs
from symrnn.code.setting import SaidOfInputs
from symrnn.language.errors import InputError


def is_named(mutant: Mutant, blame: Blame | None) -> bool:
    """Whether the line to blame is the one that was broken."""
    if blame is None:
        return False
    if mutant.mistake != "the statement left out":
        return blame.line == mutant.line
    target = re.split(r" [-+*/]?= ", source_of(mutant.file).lines[mutant.line - 1].strip())[0]
    words = re.findall(r"\w+", target.split("[t")[0])
    return bool(re.search(rf"\b{words[-1]}\b", blame.code + " " + blame.text))


def is_the_original(mutant: Mutant, text: str) -> bool:
    """Whether a repaired text is what stood there before it was broken."""
    return ast.dump(ast.parse(text)) == ast.dump(source_of(mutant.file).tree)


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    verbose, mend = "-v" in sys.argv, "-r" in sys.argv
    counts: Counter[str] = Counter()
    started = time.process_time()
    for mutant in list(mutants())[:: numbers[0] if numbers else 1]:
        what = f"{mutant.file}:{mutant.line} {mutant.mistake}: {mutant.source.lines[mutant.line - 1].strip()}"
        counts["variants"] += 1
        try:
            examined = examine(mutant.source, mutant.function, SaidOfInputs())
        except InputError:
            counts["refused, for NumPy itself finds no shapes"] += 1
            continue
        wrong = [verdict for verdict in examined.verdicts if verdict.word == "wrong"]
        if not wrong:
            counts["raises" if examined.stopped else "not caught"] += 1
            print("stopped" if examined.stopped else "NOT CAUGHT", what, examined.stopped)
            continue
        counts["wrong"] += 1
        counts["certified"] += all(v.counterexample is not None or "shape" in v.how for v in wrong)
        blame = blamed(examined)
        found = repairs(examined, blame.line if blame else None).found if mend else ()
        left_out = mutant.mistake == "the statement left out"
        kind = "left out: " if left_out else ""
        counts[f"{kind}wrong"] += left_out
        counts[f"{kind}named"] += is_named(mutant, blame)
        if mend:
            counts[f"{kind}repaired"] += bool(found)
            counts[f"{kind}repaired in the line"] += any(repair.edit.line == mutant.line for repair in found)
            counts[f"{kind}one repair is the author's"] += any(is_the_original(mutant, repair.text) for repair in found)
            if not found:
                print("NO REPAIR", what, flush=True)
        if verbose or not is_named(mutant, blame):
            print("named " if is_named(mutant, blame) else "MISSED", what, "=>", blame and (blame.line, blame.text), flush=True)
    for name, count in counts.items():
        print(f"{count:5} {name}")
    print(f"{time.process_time() - started:.0f} s")


if __name__ == "__main__":
    main()
