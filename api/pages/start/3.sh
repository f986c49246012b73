AREA=$(get memberships 0 area_id < me.json) TEAM=$(get memberships 0 team_id < me.json)
OBSERVATION=$(new_id)
cat > observation.json <<END
{"id": "$OBSERVATION", "area_id": "$AREA", "team_id": "$TEAM", "recorded_at": "$(now)",
 "kind": "lighting", "severity": "attention", "note": "Đèn đường trước nhà văn hóa bị hỏng"}
END
api /v1/observations -d @observation.json
api /v1/observations -d @observation.json -o again.json -w '%{http_code}: nothing twice\n'
