"""psycopg 3: connections. TLS, start-up options, what a connection says of itself, cancel."""

import asyncio
import threading

import psycopg

from checks import AUTHORITY, MEASURES, OTHER_AUTHORITY, SLOW, check, main, require
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
check("protocol 3.2")(lambda: rows("SELECT 1", min_protocol_version="3.2", max_protocol_version="latest"))
check("authentication by SCRAM alone")(lambda: rows("SELECT 1", require_auth="scram-sha-256"))
check("a wrong password")(lambda: failure(lambda: connect(password="wrong"))[0])

main()
