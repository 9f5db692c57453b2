#!/bin/sh
# Gate a pull request: run the cells here, compare with the records that the target branch holds.
#
#   TARGET     branch or commit to compare with            (origin/main)
#   RECORDS    folder of committed records on that branch  (results/ci)
#   SELECTION  what `idsbench run` is given                (a suite's name, or options)
#   LIMITS     limits of the gate                          (the defaults)
#   OUT        folder for records, gate.md and gate.xml    (results/local/gate)
set -eu
target=${TARGET:-origin/main}
records=${RECORDS:-results/ci}
out=${OUT:-results/local/gate}

# Into a folder of its own: records that the request itself has committed are not taken for results.
# shellcheck disable=SC2086
idsbench run ${SELECTION:?name a suite, or options of idsbench run} --fresh --results "$out"

gate() {
    # shellcheck disable=SC2086
    idsbench gate --baseline "$target" --path "$records" --results "$out" ${LIMITS:-} "$@"
}
# The exit code of the last one counts: 3 for a regression, 4 when nothing was comparable.
gate --format markdown >"$out/gate.md" || true
gate --format junit >"$out/gate.xml" 2>/dev/null || true
gate
