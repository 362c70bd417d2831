#!/usr/bin/env bash
# A walk through the API of `npm run dev`, which runs in another terminal: prints each call and what it answers.
set -euo pipefail
cd "$(dirname "$0")/.."
api="${API:-http://127.0.0.1:3000}"
phone="${PHONE_NUMBER:-90 123-45-67}"

# field NAME: a field of the last answer.
field() { node -p 'JSON.parse(process.argv[1])[process.argv[2]]' "$answer" "$1"; }
# call METHOD PATH [BODY [TOKEN]]: prints it as it would be typed, with tokens cut short.
call() {
  local options=(-X "$1")
  if [ "${3:-}" ]; then options+=(-H 'content-type: application/json' -d "$3"); fi
  if [ "${4:-}" ]; then options+=(-H "authorization: Bearer $4"); fi
  printf '\n$ curl'
  local url="$api$2"
  case $url in *\?*) url="'$url'" ;; esac
  printf " %s" "${options[@]}" "$url" | sed -E 's/ (content-type: [^ ]+|authorization: Bearer [^ ]+|\{.*\})/ '"'\\1'"'/g; s/(eyJ[^".]{3})[^" '"'"']*/\1…/g; s/("password":")[^"]*/\1…/'
  answer=$(curl -sS --fail-with-body "${options[@]}" "$api$2") || { printf '\n%s\n' "$answer" >&2; exit 1; }
  printf '\n%s\n' "$answer" | sed -E 's/(eyJ[^".]{3})[^"]*/\1…/g; s/("device_token":"[^"]{6})[^"]*/\1…/'
}

call GET /
call POST /api/auth/send-otp/ "{\"phone_number\":\"$phone\"}"
number=$(field phone_number)
call GET "/dev/inbox.json?phone_number=${number#+}"
code=$(node -p '/\d{4,8}/.exec(JSON.parse(process.argv[1])[0].text)[0]' "$answer")
call POST /api/auth/verify-otp/ "{\"phone_number\":\"$phone\",\"code\":\"$code\"}"
access=$(field access) refresh=$(field refresh)
call PATCH /api/users/profile/ '{"full_name":"Ali Valiyev","neighborhood":"Chilonzor"}' "$access"
call GET /api/users/me/ '' "$access"
call POST /api/auth/refresh/ "{\"refresh\":\"$refresh\"}"
call GET /.well-known/jwks.json
staff=$(node -p 'JSON.parse(fs.readFileSync(".data/dev.json")).demoStaff.phone')
password=$(node -p 'JSON.parse(fs.readFileSync(".data/dev.json")).demoStaff.password')
call POST /api/auth/staff-login/ "{\"phone_number\":\"$staff\",\"password\":\"$password\"}"
