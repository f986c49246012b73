./anthon up --detach
./anthon demo --json > demo.json

BASE={{ origin }}
get() { python3 -c 'import functools, json, sys
print(functools.reduce(lambda at, key: at[int(key)] if isinstance(at, list) else at[key],
    sys.argv[1:], json.load(sys.stdin)))' "$@"; }
new_id() { python3 -c 'import uuid; print(uuid.uuid4())'; }
now() { date -u +%Y-%m-%dT%H:%M:%S.000Z; }
PHONE=$(get people 0 phone < demo.json)
PASSWORD=$(get people 0 password < demo.json)
