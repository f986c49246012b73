api "/v1/sync/pull?types=observation" > page.json
CURSOR=$(get cursor < page.json)
cat > push.json <<END
{"sent_at": "$(now)", "cursor": "$CURSOR", "mutations": [
  {"mutation_id": "$(new_id)", "type": "observation", "id": "$OBSERVATION", "op": "patch",
   "base_version": 1, "data": {"action_taken": "Đã báo thợ điện của xã"}}]}
END
api /v1/sync/push -d @push.json
api /v1/sync/push -d @push.json
