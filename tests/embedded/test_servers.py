"""The servers that the tests stand on are real, and keep the two roles apart."""

import http.client
import urllib.request

import psycopg2
import pytest

from embedded.s3 import S3
from tests.servers import PostgresAddress


def test_the_serving_role_can_neither_step_around_policies_nor_change_tables(postgres: PostgresAddress) -> None:
    connection = psycopg2.connect(postgres.api)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TABLE intruder (id int)")
    connection.close()


def test_a_table_of_the_owner_can_be_written_by_the_serving_role(postgres: PostgresAddress) -> None:
    owner, api = psycopg2.connect(postgres.owner), psycopg2.connect(postgres.api)
    with owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE trial (id int GENERATED ALWAYS AS IDENTITY, name text)")
    with api, api.cursor() as cursor:
        cursor.execute("INSERT INTO trial (name) VALUES ('lan') RETURNING id")
        assert cursor.fetchone() == (1,)
    with owner, owner.cursor() as cursor:
        cursor.execute("DROP TABLE trial")
    owner.close()
    api.close()


def test_a_stopped_s3_refuses_and_comes_back(private_s3: S3) -> None:
    private_s3.stop()
    with pytest.raises(OSError):
        urllib.request.urlopen(private_s3.endpoint)
    private_s3.start()
    connection = http.client.HTTPConnection("127.0.0.1", private_s3.port)
    connection.request("GET", "/")
    assert connection.getresponse().status == 403
    connection.close()


def test_the_shared_s3_is_up(s3: S3) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", s3.port)
    connection.request("GET", f"/{s3.bucket}/no-such-object")
    assert connection.getresponse().status == 403
    connection.close()
