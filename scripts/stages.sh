# Sourced by scripts/test and scripts/test-all: stages that run one after another,
# the first failure ending the run, and a summary with the time that each took.
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
