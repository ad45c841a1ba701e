"""psycopg 3: connections. TLS, start-up options, what a connection says of itself, cancel, COPY, temporary tables."""

import asyncio
import decimal
import threading

import psycopg

from checks import AUTHORITY, EVERY_TYPE, IS_LENS, MEASURES, OTHER_AUTHORITY, SLOW, check, main, require
from psycopg3_client import PARAMETERS, connect, failure, rows


@check("what a connection says of itself")
def _():
    with connect(application_name="checks of psycopg") as connection:
        info = connection.info
        names = [
            "server_encoding",
            "client_encoding",
            "DateStyle",
            "TimeZone",
            "in_hot_standby",
            "application_name",
            "default_transaction_read_only",
            "is_superuser",
            "session_authorization",
            "search_path",
        ]
        require(info.server_version >= 180000 and info.backend_pid > 0, info)
        return [[name, info.parameter_status(name)] for name in names] + [
            info.encoding,
            info.timezone,
            info.transaction_status,
            info.status,
            info.dbname,
            info.user,
        ]


for way in ("cancel", "cancel_safe"):

    @check(f"{way} from another thread")
    def _(way=way):
        with connect(autocommit=True, sslmode="require") as connection:
            ended = threading.Event()

            def cancel():
                # A request that comes before the statement cancels nothing, so it is made until one does.
                while not ended.wait(0.1):
                    getattr(connection, way)()

            thread = threading.Thread(target=cancel)
            thread.start()
            try:
                return failure(lambda: connection.execute(SLOW))
            finally:
                ended.set()
                thread.join()


@check("an asynchronous connection")
async def _():
    async with await psycopg.AsyncConnection.connect(**PARAMETERS, autocommit=True) as connection:
        cursor = await connection.execute(MEASURES)
        answers = [await cursor.fetchall()]
        async with connection.pipeline():
            one = await connection.execute("SELECT 1")
            two = await connection.execute("SELECT 2")
            answers += [await one.fetchall(), await two.fetchall()]
        try:
            await asyncio.wait_for(connection.execute(SLOW), 0.5)
        except (TimeoutError, psycopg.errors.QueryCanceled):
            answers.append("cancelled")
        answers.append(await (await connection.execute("SELECT 3")).fetchall())
        return answers


check("options at start-up")(
    lambda: [
        failure(lambda: rows(SLOW, options="-c statement_timeout=200")),
        rows("SELECT '2024-01-01 00:00Z'::timestamptz", options="-c TimeZone=Asia/Kolkata"),
        rows("SELECT 1", target_session_attrs="any"),
        rows("SELECT 1", target_session_attrs="read-write"),
        rows("SELECT 1", target_session_attrs="primary"),
    ]
)

for mode in ("disable", "require"):
    check(f"pg_stat_ssl with sslmode={mode}")(
        lambda mode=mode: rows(
            "SELECT ssl, version, cipher, bits, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()", sslmode=mode
        )
    )
for mode in ("disable", "allow", "prefer", "require"):
    check(f"sslmode={mode}")(lambda mode=mode: rows("SELECT 1", sslmode=mode))
for mode in ("verify-ca", "verify-full"):
    check(f"sslmode={mode}")(lambda mode=mode: rows("SELECT 1", sslmode=mode, sslrootcert=AUTHORITY))
    check(f"sslmode={mode} refuses another authority")(
        lambda mode=mode: failure(lambda: connect(sslmode=mode, sslrootcert=OTHER_AUTHORITY))[0]
    )
check("sslmode=verify-full refuses another host")(
    lambda: failure(lambda: connect(host="127.0.0.1", sslmode="verify-full", sslrootcert=AUTHORITY))[0]
)
check("TLS from the first byte")(
    lambda: rows("SELECT 1", sslmode="verify-full", sslrootcert=AUTHORITY, sslnegotiation="direct")
)
check("channel binding is required, and needs TLS")(
    lambda: [
        rows("SELECT 1", sslmode="require", channel_binding="require"),
        failure(lambda: connect(sslmode="disable", channel_binding="require"))[0],
    ]
)
check("protocol 3.2")(lambda: rows("SELECT 1", min_protocol_version="3.2", max_protocol_version="latest"))
check("authentication by SCRAM alone")(lambda: rows("SELECT 1", require_auth="scram-sha-256"))


@check("COPY as it comes, and as rows")
def _():
    answers = []
    with connect() as connection, connection.cursor() as cursor:
        for options in ("", " (FORMAT csv, HEADER)", " (FORMAT binary)"):
            with cursor.copy(f"COPY ({EVERY_TYPE}) TO STDOUT{options}") as copy:
                answers.append(b"".join(copy))
            answers.append(cursor.statusmessage)
        for options in ("", " (FORMAT binary)"):
            text = "SELECT customer_id, zone, is_active, credit_score FROM customers WHERE customer_id < %s ORDER BY 1"
            with cursor.copy(f"COPY ({text}) TO STDOUT{options}", [50]) as copy:
                copy.set_types(["int8", "text", "bool", "int4"])
                answers.append(list(copy.rows()))
    return answers


def copied(text):
    with connect() as connection, connection.cursor() as cursor, cursor.copy(text) as copy:
        copy.read()


@check("COPY that fails, and COPY into a relation")
def _():
    into = failure(lambda: copied("COPY customers FROM STDIN"))
    require(into[2] == ("25006" if IS_LENS else "42501"), str(into))
    return [
        failure(lambda: copied("COPY (SELECT zonee FROM customers) TO STDOUT")),
        failure(lambda: copied("COPY nothing TO STDOUT")),
        failure(lambda: copied("COPY (SELECT 1 / (customer_id - customer_id) FROM customers) TO STDOUT")),
    ]


@check("COPY into a temporary table, as it goes and as rows")
def _():
    answers = []
    with connect(autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE wanted (zone text, weight numeric(5, 2))")
        with cursor.copy("COPY wanted FROM STDIN (FORMAT csv)") as copy:
            copy.write('North,1.5\n"a,')
            copy.write('b",\n')
        answers.append(cursor.statusmessage)
        for options in ("", " (FORMAT binary)"):
            with cursor.copy(f"COPY wanted FROM STDIN{options}") as copy:
                copy.set_types(["text", "numeric"])
                copy.write_row(("South", decimal.Decimal("2.345")))
                copy.write_row((None, None))
            answers.append(cursor.statusmessage)
        joined = """SELECT w.zone, w.weight, count(c.customer_id) FROM wanted w LEFT JOIN customers c ON c.zone = w.zone
            GROUP BY w.zone, w.weight ORDER BY 1"""
        answers.append(cursor.execute(joined).fetchall())

        def given_up():
            with cursor.copy("COPY wanted FROM STDIN") as copy:
                copy.write("x")
                raise ValueError("no more")

        try:
            given_up()
        except ValueError:
            answers.append(cursor.execute("SELECT count(*) FROM wanted").fetchall())

        def wrong():
            with cursor.copy("COPY wanted FROM STDIN") as copy:
                copy.write("x\tmuch\n")

        return answers + [failure(wrong)]


@check("LISTEN, NOTIFY, UNLISTEN")
def _():
    with connect(autocommit=True) as connection:
        texts = ("LISTEN changes", "NOTIFY elsewhere, 'it''s'", "UNLISTEN *")
        answers = [connection.execute(text).statusmessage for text in texts]
        return answers + list(connection.notifies(timeout=0))


@check("temporary tables")
def _():
    with connect(autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE wanted (zone text NOT NULL, weight numeric(5, 2))")
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO wanted VALUES (%s, %s)", [("North", decimal.Decimal("1.50")), ("South", None), ("x", 2)]
            )
        connection.execute("UPDATE wanted SET weight = 3 WHERE zone = 'South'")
        joined = """SELECT w.zone, w.weight, count(c.customer_id) FROM wanted w LEFT JOIN customers c ON c.zone = w.zone
            GROUP BY w.zone, w.weight ORDER BY 1"""
        answers = [connection.execute(joined).fetchall()]
        with connection.transaction(force_rollback=True):
            answers.append(connection.execute("DELETE FROM wanted WHERE weight > %s RETURNING zone", [2]).fetchall())
        connection.execute(
            "CREATE TEMP TABLE kept AS SELECT customer_id, zone, onboarding_date FROM customers WHERE customer_id <= 20"
        )
        answers.append(connection.execute("SELECT * FROM kept ORDER BY 1", binary=True).fetchall())
        answers.append(failure(lambda: connection.execute("INSERT INTO wanted (nothing) VALUES (1)")))
        connection.execute("DROP TABLE wanted, kept")
        return answers + [failure(lambda: connection.execute("SELECT * FROM wanted"))]


check("a wrong password")(lambda: failure(lambda: connect(password="wrong"))[0])

main()
