-- Makes the two roles and a database whose tables belong to one and are served by the other. Runs as a superuser
-- in psql, as often as one likes; a run that was cut off is finished by the next:
--   ANTHON_DATABASE=anthon ANTHON_OWNER_PASSWORD=… ANTHON_API_PASSWORD=… psql -f embedded/database.sql

\set ON_ERROR_STOP on
\getenv database ANTHON_DATABASE
\getenv owner_password ANTHON_OWNER_PASSWORD
\getenv api_password ANTHON_API_PASSWORD

-- A superuser, or a role with BYPASSRLS, would make every row-level policy void.
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['anthon_owner', 'anthon_api']) AS name
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE anthon_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE anthon_api LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'api_password';

-- The limits of requests, for connections that come through a pooler, which drops what a client asks for at its start.
ALTER ROLE anthon_api SET statement_timeout = '10s';
ALTER ROLE anthon_api SET lock_timeout = '3s';
ALTER ROLE anthon_api SET jit = off;
ALTER ROLE anthon_owner SET lock_timeout = '3s';

SELECT format('CREATE DATABASE %I OWNER anthon_owner', :'database')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO anthon_api;

\connect :"database"
SET client_min_messages = warning;
ALTER SCHEMA public OWNER TO anthon_owner;
GRANT USAGE ON SCHEMA public TO anthon_api;
-- Distances on the globe. It isn't a trusted extension, so the owner of the tables couldn't create it.
CREATE EXTENSION IF NOT EXISTS cube;
CREATE EXTENSION IF NOT EXISTS earthdistance;
-- Parts of names; the owner could, but a backup leaves extensions to whoever prepares the database.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
-- Every table that a migration makes can be served at once; single migrations take back what a table must not allow.
ALTER DEFAULT PRIVILEGES FOR ROLE anthon_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anthon_api;
ALTER DEFAULT PRIVILEGES FOR ROLE anthon_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO anthon_api;
