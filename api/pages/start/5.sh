api /v1/patrols/$(new_id) -H 'Accept-Language: en'
api /v1/observations -H 'Accept-Language: en' \
  -d '{"id": "'$(new_id)'", "area_id": "'$AREA'", "kind": "ghost", "severity": "loud"}'
