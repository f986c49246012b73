curl -s "$BASE/v1/auth/token" -H 'Content-Type: application/json' -d '{
  "phone": "'"$PHONE"'", "password": "'"$PASSWORD"'",
  "device": {"id": "'$(new_id)'", "name": "curl", "platform": "web", "app_version": "1.0.0"}
}' > session.json
TOKEN=$(get access < session.json)
api() { curl -s -w '\n' "$BASE$1" -H "Authorization: Bearer $TOKEN" \
  -H 'Content-Type: application/json' "${@:2}"; }
api /v1/me > me.json && cat me.json
