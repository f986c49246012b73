-- Records number %(first)s to before %(after)s; see seed.sql.
INSERT INTO observation (id, area_id, version, recorded_at, occurred_at, received_at, clock_skew_s, author_id,
  device_id, flags, team_id, patrol_id, kind, severity, location_lon, location_lat, location_accuracy_m, place_text,
  note, action_taken, text_fold)
SELECT bench.id(9, n), bench.id(1, %(first_hamlet)s + n %% %(areas)s), 1, t.at, t.at, t.at, 0,
  bench.id(4, n %% (%(areas)s * %(members)s)), bench.id(6, n %% (%(areas)s * %(members)s)), '{}',
  bench.id(3, n %% %(areas)s), bench.id(10, n / 12),
  (ARRAY['lighting', 'disturbance', 'stranger', 'traffic', 'environment', 'fire_hazard', 'theft', 'other'])[1 + n %% 8],
  (ARRAY['info', 'attention', 'urgent'])[1 + n %% 3],
  108.1 + (n * 7919 %% 100003) / 1e6, 10.9 + (n * 104729 %% 100019) / 1e6, 3 + n %% 37, %(place)s, %(note)s, %(action)s,
  %(folded)s
FROM generate_series(%(first)s::bigint, %(after)s::bigint - 1) n
CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', %(began)s::timestamptz + n * %(step)s::interval) AS at) t;
INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, changed_at)
SELECT bench.id(9, n), 'observation', bench.id(1, %(first_hamlet)s + n %% %(areas)s),
  3 + %(members)s + n / %(areas)s, 1, false, %(began)s::timestamptz + n * %(step)s::interval
FROM generate_series(%(first)s::bigint, %(after)s::bigint - 1) n;
INSERT INTO revision (id, received_at, type, record_id, area_id, version, base_version, status, op, changed, data,
  author_id, device_id, mutation_id)
SELECT bench.id(11, n), t.received_at, 'observation', t.id, t.area_id, 1, 0, 'applied', 'put',
  '{action_taken,kind,location,note,patrol_id,place_text,severity,team_id}', (%(wire)s)::jsonb, t.author_id,
  t.device_id, bench.id(12, n)
FROM generate_series(%(first)s::bigint, %(after)s::bigint - 1) n JOIN observation t ON t.id = bench.id(9, n);
INSERT INTO mutation (id, user_id, body_hash, type, record_id, status, version, received_at)
SELECT bench.id(12, n), bench.id(4, n %% (%(areas)s * %(members)s)), sha256(int8send(n)), 'observation', bench.id(9, n),
  'applied', 1, %(began)s::timestamptz + n * %(step)s::interval
FROM generate_series(%(first)s::bigint, %(after)s::bigint - 1) n;
