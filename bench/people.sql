-- What a seed of people has beyond one of records: names as people have them, homes, accounts that wait or are switched
-- off, roles that hold, end soon, wait and are over, silent and ended sessions, hamlets without a leader, imports, and
-- the admins that ask: numbers 0 to 4 are those of the country, of five districts, of one, of a commune and of a hamlet.
CREATE TABLE bench.name AS SELECT row_number() OVER () - 1 AS n, * FROM unnest(
  %(names)s::text[], %(folded)s::text[], %(sorted)s::text[]) AS t(full_name, name_fold, name_sort);
UPDATE user_account u SET full_name = n.full_name, name_fold = n.name_fold, name_sort = n.name_sort,
  password = CASE WHEN p.n %% 20 = 7 THEN '' ELSE u.password END, is_active = p.n %% 50 <> 9 OR p.n < 10,
  area_id = CASE WHEN p.n < %(people)s THEN bench.id(1, %(first_hamlet)s + p.n %% %(areas)s) ELSE g.area_id END
FROM generate_series(0, %(users)s - 1) p(n)
  JOIN bench.name n ON n.n = hashint8(p.n) & 1023
  LEFT JOIN role_grant g ON g.user_id = bench.id(4, p.n)
WHERE u.id = bench.id(4, p.n);
UPDATE membership m SET full_name = u.full_name FROM user_account u WHERE u.id = m.user_id;
UPDATE membership SET ends_at = now() - interval '9 days' WHERE role = 'leader' AND hashtext(id::text) %% 40 = 0;
UPDATE role_grant SET confirmed_at = created_at;
INSERT INTO role_grant (id, user_id, role, area_id, starts_at, ends_at, created_at, confirmed_at)
SELECT gen_random_uuid(), bench.id(4, %(areas)s + n), CASE WHEN n %% 2000 = 3 THEN 'police_officer' ELSE 'front_work_head' END,
  bench.id(1, %(first_hamlet)s + n), now() - interval '99 days',
  CASE WHEN n %% 50 = 0 THEN now() + interval '20 days' WHEN n %% 9 = 0 THEN now() - interval '5 days' END,
  now(), CASE WHEN n %% 2000 <> 3 THEN now() END
FROM generate_series(0, %(areas)s - 1) n;
UPDATE session SET refreshed_at = now() - interval '1 hour' * (hashtext(id::text) & 127) WHERE platform <> 'web';
UPDATE session SET refreshed_at = now() - interval '20 days' WHERE hashtext(id::text) %% 25 = 0;
INSERT INTO session (id, user_id, device_id, device_name, platform, app_version, only_delivers, created_at,
  refreshed_at, expires_at, ended_at, ended_because)
SELECT gen_random_uuid(), bench.id(4, n), gen_random_uuid(), 'máy cũ', 'android', '0.9', false, now() - interval '90 days',
  now() - interval '70 days', now() - interval '10 days', now() - interval '70 days', 'replaced'
FROM generate_series(0, %(users)s - 1, 3) n;
INSERT INTO import (id, kind, area_id, author_id, session_id, filename, content_type, size, sha256, status, rows_done,
  rows_total, counts, sheets, created_at)
SELECT gen_random_uuid(), 'people', bench.id(1, 1 + %(districts)s + n %% %(communes)s), bench.id(4, 0), bench.id(5, 0),
  'xa-' || n || '.xlsx', 'text/csv', 1000, '', CASE WHEN n %% 40 = 0 THEN 'failed' ELSE 'applied' END, 100, 100,
  '{"people": {"created": 90, "unchanged": 10}}', '[]', now() - interval '1 hour' * n
FROM generate_series(0, 4999) n;
UPDATE membership SET ends_at = now() - interval '60 days' WHERE user_id IN (SELECT bench.id(4, n) FROM generate_series(0, 4) n);
UPDATE user_account SET password = 'x' WHERE id IN (SELECT bench.id(4, n) FROM generate_series(0, 4) n);
UPDATE session SET refreshed_at = now(), platform = 'web', expires_at = now() + interval '900 days'
WHERE id IN (SELECT bench.id(5, n) FROM generate_series(0, 4) n);
INSERT INTO role_grant (id, user_id, role, area_id, starts_at, created_at, confirmed_at)
SELECT gen_random_uuid(), bench.id(4, who), 'admin', bench.id(1, area), now() - interval '1 day', now(), now()
FROM (VALUES (0, 0), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 1), (3, 1 + %(districts)s), (4, %(first_hamlet)s))
  AS held(who, area);
