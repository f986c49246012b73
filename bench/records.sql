-- Records number %(first)s to before %(after)s; see seed.sql.
INSERT INTO observation (id, area_id, version, recorded_at, occurred_at, received_at, clock_skew_s, author_id,
  device_id, flags, team_id, patrol_id, kind, severity, location_lon, location_lat, location_accuracy_m, place_text,
  note, action_taken, text_fold)
SELECT bench.id(9, n), bench.id(1, %(first_hamlet)s + n %% %(areas)s), 1, t.at, t.at, t.at, 0,
  bench.id(4, n %% %(areas)s), bench.id(6, n %% %(areas)s), '{}',
  bench.id(3, n %% %(areas)s), bench.id(10, n / 12),
  (ARRAY['lighting', 'disturbance', 'stranger', 'traffic', 'environment', 'fire_hazard', 'theft', 'other'])[1 + n %% 8],
  (ARRAY['info', 'attention', 'urgent'])[1 + n %% 3],
  108.1 + (n * 7919 %% 100003) / 1e6, 10.9 + (n * 104729 %% 100019) / 1e6, 3 + n %% 37, %(place)s, %(note)s, %(action)s,
  %(folded)s
FROM generate_series(%(first)s::bigint, %(after)s::bigint - 1) n
CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', %(began)s::timestamptz + n * %(step)s::interval) AS at) t;
INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, changed_at)
SELECT bench.id(9, n), 'observation', bench.id(1, %(first_hamlet)s + n %% %(areas)s),
  3 + (%(people)s - 1 - n %% %(areas)s + %(areas)s) / %(areas)s + n / %(areas)s, 1, false, %(began)s::timestamptz + n * %(step)s::interval
FROM generate_series(%(first)s::bigint, %(after)s::bigint - 1) n;
-- What history there is begins with record number %(history)s: a revision, a mutation and an audit event each.
INSERT INTO revision (id, received_at, type, record_id, area_id, version, base_version, status, op, changed, data,
  author_id, device_id, mutation_id)
SELECT bench.id(11, n), t.received_at, 'observation', t.id, t.area_id, 1, 0, 'applied', 'put',
  '{action_taken,kind,location,note,patrol_id,place_text,severity,team_id}', %(data)s::jsonb || jsonb_build_object(
    'id', t.id, 'area_id', t.area_id, 'recorded_at', t.recorded_at, 'occurred_at', t.occurred_at, 'received_at',
    t.received_at, 'author_id', t.author_id, 'device_id', t.device_id, 'team_id', t.team_id, 'patrol_id', t.patrol_id,
    'kind', t.kind, 'severity', t.severity),
  t.author_id, t.device_id, bench.id(12, n)
FROM generate_series(greatest(%(first)s::bigint, %(history)s), %(after)s::bigint - 1) n
JOIN observation t ON t.id = bench.id(9, n);
INSERT INTO mutation (id, user_id, body_hash, type, record_id, status, version, received_at)
SELECT bench.id(12, n), bench.id(4, n %% %(areas)s), sha256(int8send(n)), 'observation', bench.id(9, n),
  'applied', 1, %(began)s::timestamptz + n * %(step)s::interval
FROM generate_series(greatest(%(first)s::bigint, %(history)s), %(after)s::bigint - 1) n;
INSERT INTO audit_event (id, at, name, user_id, session_id, device_id, area_id, subject_type, subject_id, details)
SELECT bench.id(13, n), t.received_at, 'observation.created', t.author_id, bench.id(5, n %% %(areas)s),
  t.device_id, t.area_id, 'observation', t.id, '{"version": 1}'
FROM generate_series(greatest(%(first)s::bigint, %(history)s), %(after)s::bigint - 1) n
JOIN observation t ON t.id = bench.id(9, n);
-- Sealed, if not by hashes that fit: else the keeper would seal a year of events while we measure.
INSERT INTO audit_seal (seq, event_id, event_at, hash)
SELECT 1 + n - %(history)s, bench.id(13, n), %(began)s::timestamptz + n * %(step)s::interval, sha256(int8send(n))
FROM generate_series(greatest(%(first)s::bigint, %(history)s), %(after)s::bigint - 1) n;
