#!/usr/bin/env bash
# `make smoke`: the whole stack in containers, seen working. Builds and starts docker-compose.hadoop.yml, runs the chain on a
# synthetic log of 1,200 customers and asks every part one question; 50 readers poll clickhouse-server while runs are published
# and rolled back, and 64 connections ask the API. Safe to run again; the stack stays up.
set -euo pipefail
cd "$(dirname "$0")/../.."

file=docker-compose.hadoop.yml
compose=(docker compose -f "$file")
jobs=("${compose[@]}" run --rm -T jobs)
raw=data/smoke
needed_gib=12
answers=()
if [ -t 1 ]; then green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'; else green="" red="" plain=""; fi
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

say() { printf '%s\n' "$*"; }

give_up() {
  printf '%s%s%s\n' "$red" "smoke: $1" "$plain" >&2
  exit 1
}

# check TITLE ANSWER COMMAND...: runs a command; the last line it prints that looks like the answer (a regular expression) is what
# the summary shows. Where it fails, or nothing looks like that, says what it said.
check() {
  local title="$1" wanted="$2" begun=$SECONDS answer
  shift 2
  say "== $title"
  if ! "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    "${compose[@]}" ps --all >&2 || true
    give_up "$title failed; above its last lines, and the services. More: ${compose[*]} logs SERVICE"
  fi
  answer="$(grep -E -- "$wanted" "$log" | tail -n 1 | sed 's/^ *//')" || true
  if [ -z "$answer" ]; then
    tail -n 25 "$log" >&2
    give_up "$title ended well, and its answer lacks $wanted"
  fi
  answers+=("$(printf '%-14s %5d s   %s' "$title" $((SECONDS - begun)) "$answer")")
}

check_docker() {
  command -v docker >/dev/null || give_up "no docker was found; install Docker Engine 25 or newer with its compose plugin"
  docker compose version >/dev/null 2>&1 || give_up "docker has no compose plugin; install Compose 2.24 or newer"
  docker info >/dev/null 2>&1 || give_up "Docker Engine does not answer (docker info); start it, or add yourself to its group"
  local bytes
  bytes="$(docker info --format '{{.MemTotal}}')"
  if [ $((bytes >> 30)) -lt "$needed_gib" ]; then
    say "Docker has $((bytes >> 30)) GiB of memory; with less than $needed_gib GiB services may be ended for want of it."
  fi
}

# A .env with random secrets where there is none.
make_secrets() {
  [ -e .env ] && return
  (
    umask 077
    while IFS= read -r line; do
      case "$line" in
        [A-Z]*=) printf '%s%s\n' "$line" "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" ;;
        *) printf '%s\n' "$line" ;;
      esac
    done <.env.example >.env.new
    mv .env.new .env
  )
  say "Wrote .env with random secrets; Airflow's user is admin, its password is AIRFLOW_ADMIN_PASSWORD there."
}

start() {
  say "== build (the first time downloads about 2 GB)"
  "${compose[@]}" build --quiet || give_up "the image was not built; above is why"
  say "== start, until every service is healthy"
  "${compose[@]}" up --detach --wait --wait-timeout 900 || {
    "${compose[@]}" ps --all >&2
    for name in $("${compose[@]}" ps --all --format '{{.Service}} {{.Health}} {{.ExitCode}}' |
      awk '$2 == "unhealthy" || $NF > 0 { print $1 }'); do
      "${compose[@]}" logs --tail 20 "$name" >&2
    done
    give_up "not every service came up. A port that is taken: make down ends the local stack, which has the same ports"
  }
}

lookup() {
  local customer
  customer="$("${jobs[@]}" sed -n '2s/,.*//p' "$raw/customers.csv")" || return
  "${jobs[@]}" hm lookup "${customer//[$'\r"']/}"
}

trino() { "${compose[@]}" exec -T trino trino --server http://trino:8080 --user smoke --output-format TSV --execute "$1"; }

check_docker
make_secrets
start
check "synthetic log" . "${jobs[@]}" hm generate --scale 1200 --out "$raw"
# A log as small as this says nothing of quality: the gate that wants a model better than the baselines is passed over.
check "the chain" 'is served$|^publish: the run' "${jobs[@]}" hm run "$raw" --train-weeks 2 --force
check "hm lookup" 'answered by' lookup
check "Trino" '^1200$' trino 'select count(distinct customer_id) from hive.recs.recommendations'
check "ClickHouse" '^[1-9]' "${compose[@]}" exec -T clickhouse clickhouse-client --query 'select count() from hm.recommendations'
check "readers" 'none of them wrong' "${jobs[@]}" python -m tests.load.running readers
check "API" 'per s$' "${jobs[@]}" python -m tests.load.running load --api http://api:8090
check "Airflow" hm_weekly "${compose[@]}" exec -T airflow-scheduler airflow dags list --output plain

say ""
say "${green}Everything answered:${plain}"
printf '  %s\n' "${answers[@]}"
say ""
say "  Airflow     http://127.0.0.1:8081   (admin; the password is in .env)"
say "  Trino       http://127.0.0.1:8080   dbt: 127.0.0.1:10000   ClickHouse: http://127.0.0.1:8123   HDFS: http://127.0.0.1:9870"
say "  Commands    ${compose[*]} run --rm jobs hm --help"
say "  Stop        ${compose[*]} down      (-v removes the data)"
