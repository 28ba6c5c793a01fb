#!/usr/bin/env bash
# Runs the findings one after another, and says for each whether the surprise is still there.
#
# Called as `findings/run-all.sh [--list] [WORD]`: with WORD only those whose names contain it, and
# with --list only what they are about. The exit status is 0 if all are as found.
set -euo pipefail

folder=$(cd "$(dirname "$0")" && pwd)
list=false
if [[ ${1:-} == --list ]]; then
  list=true
  shift
fi
if [[ $# -gt 1 || ${1:-} == -* ]]; then
  echo "usage: $0 [--list] [WORD], not \`$*\`" >&2
  exit 2
fi
word=${1:-}

findings=()
for script in "$folder"/*.sh; do
  name=$(basename "$script" .sh)
  if [[ $name != run-all && $name == *"$word"* ]]; then findings+=("$name"); fi
done
if [[ ${#findings[@]} == 0 ]]; then
  echo "no finding's name contains \`$word\`, expected a part of one of:" >&2
  "$0" --list >&2
  exit 2
fi

# The line below the interpreter says what was found.
about() { sed -n '2s/^# //p' "$folder/$1.sh"; }

if $list; then
  for name in "${findings[@]}"; do printf '%s\n    %s\n' "$name" "$(about "$name")"; done
  exit
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
found=0 changed=0 failed=0
for index in "${!findings[@]}"; do
  name=${findings[index]}
  echo "[$((index + 1))/${#findings[@]}] $(about "$name")"
  begun=$SECONDS status=0
  "$folder/$name.sh" 2>&1 | tee "$output" | sed 's/^/    /' || status=$?
  # A script that could not run has not found anything out: it says neither.
  if [[ $status == 0 ]] && grep -q '^as found: ' "$output"; then
    outcome="as found" found=$((found + 1))
  elif [[ $status == 1 ]] && grep -q '^changed: ' "$output"; then
    outcome=CHANGED changed=$((changed + 1))
  else
    outcome="COULD NOT RUN" failed=$((failed + 1))
  fi
  summary+=("$(printf '%5ds  %-13s  %s' $((SECONDS - begun)) "$outcome" "$name")")
done

printf '\n'
printf '%s\n' "${summary[@]}"
echo
echo "$found as found, $changed changed, $failed could not run"
[[ $changed == 0 && $failed == 0 ]]
