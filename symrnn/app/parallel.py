"""Documents over processes: what is printed does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from joblib import Parallel, delayed

from symrnn.app.cache import Cache
from symrnn.judging.check import check
from symrnn.judging.judgement import Options, Report
from symrnn.language.errors import InputError
from symrnn.reading.document import Document


def court(documents: Sequence[Document], options: Options, jobs: int, cached: bool) -> Callable[[Document], Report]:
    """Judges all documents at once, in `jobs` processes that take one at a time; gives the report on each, or raises its InputError.

    Any other document that it is asked about is judged then.

    Within `joblib.parallel_config` another backend of joblib does it: a cluster of dask or ray, which then must have symrnn installed.
    """
    outcomes = Parallel(n_jobs=jobs)(delayed(outcome)(document, options, cached) for document in documents)
    known: dict[int, Report | InputError] = {id(document): found for document, found in zip(documents, outcomes, strict=True)}

    def report(document: Document) -> Report:
        found = known[id(document)] if id(document) in known else outcome(document, options, cached)
        if isinstance(found, InputError):
            raise found
        return found

    return report


def outcome(document: Document, options: Options, cached: bool) -> Report | InputError:
    """The report on a document, or why there is none."""
    try:
        return check(document, options, memory=Cache() if cached else None)
    except InputError as error:
        return error
