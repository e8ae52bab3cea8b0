"""Import of source bundles: a folder or .zip of CSV files becomes rows, all of them or none (design section 5).

`files` declares what a bundle may hold, in the terms of `declaring`, `cells` how a text becomes a value. The rest is
machinery, written once for all files: `source` opens the bundle, `staging` brings each file into a temporary table of
texts by COPY (`records` reads with care what COPY refuses, `tidiness` notices what it would misread), `rows` turns
texts into rows to write in one statement a file, with the `checks` of a row by itself and the `conflicts` between rows;
`writing` and `removing` change the stored tables, `oddities` warns, `lines` finds the line of a row, `touching` notes
what resolvers/metrics/sums.py must count anew. `importing` is the order of events.
"""

from resolvers.bundle.importing import Imported, Progress, import_bundle
from resolvers.bundle.problems import BundleError, Problem

__all__ = ["BundleError", "Imported", "Problem", "Progress", "import_bundle"]
