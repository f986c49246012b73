-- A country of one shape, made by sets: %(areas)s hamlets, 29 a commune, 34 communes a district, one province; a team
-- and some members a hamlet, %(people)s in all, an officer a commune and one a district, each with a session; %(records)s
-- observations of about 1 KB, spread over the hamlets in turn and over a year, each with the stream entry, the revision
-- and the mutation that the engine would have left. Ids are told by kind and number: bench.id(kind, number).
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE FUNCTION bench.id(kind integer, n bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT (lpad(to_hex(1735689600000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8000'
          || lpad(to_hex(n), 12, '0'))::uuid
$$;
CREATE OR REPLACE FUNCTION bench.label(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT lpad(to_hex(n), 12, '0') || '.'
$$;

-- Areas: number 0 is the province, then districts, communes, hamlets.
CREATE TEMP TABLE place ON COMMIT DROP AS
SELECT 0::bigint AS n, NULL::bigint AS parent, 'province' AS level, 'province' AS kind, 'Tỉnh Thử' AS name
UNION ALL SELECT 1 + i, 0, 'district', 'rural_district', 'Huyện ' || i FROM generate_series(0, %(districts)s - 1) i
UNION ALL SELECT 1 + %(districts)s + i, 1 + i / 34, 'commune', 'commune', 'Xã ' || i
  FROM generate_series(0, %(communes)s - 1) i
UNION ALL SELECT %(first_hamlet)s + i, 1 + %(districts)s + i / 29, 'hamlet', 'thon', 'Thôn ' || i
  FROM generate_series(0, %(areas)s - 1) i;
INSERT INTO area (id, area_id, version, recorded_at, occurred_at, received_at, clock_skew_s, flags, level, kind, code,
                  name, name_fold, name_sort, parent_id)
SELECT bench.id(1, n), bench.id(1, n), 1, %(began)s, %(began)s, %(began)s, 0, '{}', level, kind, '', name, lower(name),
       lpad(n::text, 9, '0'), bench.id(1, parent) FROM place;
INSERT INTO area_placement (id, area_id, parent_id, tree, path)
WITH RECURSIVE chain AS (
  SELECT n, parent, bench.label(n) AS path FROM place WHERE parent IS NULL
  UNION ALL SELECT p.n, p.parent, c.path || bench.label(p.n) FROM place p JOIN chain c ON p.parent = c.n)
SELECT bench.id(2, n), bench.id(1, n), bench.id(1, parent), 'administrative', path FROM chain;
INSERT INTO stream (area_id, head)
SELECT bench.id(1, n), CASE WHEN level <> 'hamlet' THEN 1 ELSE 2
  + (%(people)s - 1 - (n - %(first_hamlet)s) + %(areas)s) / %(areas)s
  + (%(records)s - 1 - (n - %(first_hamlet)s) + %(areas)s) / %(areas)s END
FROM place ORDER BY n;
INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, changed_at)
SELECT bench.id(1, n), 'area', bench.id(1, n), 1, 1, false, %(began)s FROM place;

-- Teams and people. Number n of a hamlet's people belongs to hamlet n modulo the hamlets; the first is the leader.
INSERT INTO team (id, area_id, version, recorded_at, occurred_at, received_at, clock_skew_s, flags, team_type, name,
                  name_fold, status)
SELECT bench.id(3, i), bench.id(1, %(first_hamlet)s + i), 1, %(began)s, %(began)s, %(began)s, 0, '{}', 'self_management_team',
       'Tổ tự quản ' || i, 'to tu quan ' || i, 'active'
FROM generate_series(0, %(areas)s - 1) i;
INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, changed_at)
SELECT bench.id(3, i), 'team', bench.id(1, %(first_hamlet)s + i), 2, 1, false, %(began)s
FROM generate_series(0, %(areas)s - 1) i;
INSERT INTO user_account (id, password, last_login, phone, full_name, name_fold, locale, password_needs_device,
                          is_active, created_at)
SELECT bench.id(4, n), %(password)s, NULL, '+849' || lpad(n::text, 8, '0'), 'Người ' || n, 'nguoi ' || n, 'vi', false,
       true, %(began)s
FROM generate_series(0, %(users)s - 1) n;
INSERT INTO session (id, user_id, device_id, device_name, platform, app_version, only_delivers, created_at,
                     refreshed_at, expires_at)
SELECT bench.id(5, n), bench.id(4, n), bench.id(6, n), 'điện thoại', 'android', '1.0', false, now(), now(),
       now() + interval '60 days'
FROM generate_series(0, %(users)s - 1) n;
INSERT INTO refresh_token (hash, session_id, generation, created_at)
SELECT sha256(uuid_send(bench.id(5, n)) || sha256(uuid_send(bench.id(5, n)))), bench.id(5, n), 0, now()
FROM generate_series(0, %(users)s - 1) n;
INSERT INTO membership (id, area_id, version, recorded_at, occurred_at, received_at, clock_skew_s, flags, team_id,
                        user_id, full_name, role, starts_at)
SELECT bench.id(7, n), bench.id(1, %(first_hamlet)s + n %% %(areas)s), 1, %(began)s, %(began)s, %(began)s, 0, '{}',
       bench.id(3, n %% %(areas)s), bench.id(4, n), 'Người ' || n,
       CASE WHEN n < %(areas)s THEN 'leader' ELSE 'member' END, %(began)s
FROM generate_series(0, %(people)s - 1) n;
INSERT INTO stream_entry (record_id, type, area_id, seq, version, deleted, changed_at)
SELECT bench.id(7, n), 'membership', bench.id(1, %(first_hamlet)s + n %% %(areas)s), 3 + n / %(areas)s, 1, false,
       %(began)s
FROM generate_series(0, %(people)s - 1) n;
INSERT INTO role_grant (id, user_id, role, area_id, starts_at, created_at)
SELECT bench.id(8, i), bench.id(4, %(people)s + i), 'front_officer',
       bench.id(1, CASE WHEN i < %(communes)s THEN 1 + %(districts)s + i ELSE 1 + i - %(communes)s END),
       %(began)s, %(began)s
FROM generate_series(0, %(communes)s + %(districts)s - 1) i;
