# Sourced by scripts/test and scripts/test-all: stages that run one after another,
# the first failure ending the run, and a summary with the time that each took.

# Tests make thousands of small databases and force every change of them to the disk,
# which takes longer than what they test: they lie in memory where there is room for it.
# What a disk does when the power goes is tried by `make fault`, on real file systems.
if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -ge 4000000 ] 2>/dev/null; then
  TMPDIR=$(mktemp -d /dev/shm/watchroom-test-XXXXXX)
  export TMPDIR
  chmod 755 "$TMPDIR"
  trap 'rm -rf "$TMPDIR"' EXIT
fi

summary=()
started=$SECONDS

# stage NAME COMMAND... runs the command from the root of the repository.
stage() {
  local name=$1 from=$SECONDS status=0
  shift
  printf '\n== %s\n' "$name"
  "$@" </dev/null || status=$?
  local took=$((SECONDS - from))
  summary+=("$(printf '%-24s %s %5d s' "$name" "$([ $status = 0 ] && echo ok || echo FAILED)" "$took")")
  if [ $status != 0 ]; then
    printf '\n'
    printf '%s\n' "${summary[@]}"
    printf 'stopped: the stage "%s" failed (%s)\n' "$name" "$*"
    exit 1
  fi
}

# finish prints the summary of a run in which everything passed.
finish() {
  printf '\n'
  printf '%s\n' "${summary[@]}"
  printf '%s: all %d stages passed in %d s\n' "$1" ${#summary[@]} $((SECONDS - started))
}
