"""asyncpg: everything in binary, types looked up by a recursive query, cursors, pools, cancel by timeout, TLS."""

import asyncio
import datetime
import decimal
import io
import json
import ssl
import uuid

import asyncpg

from checks import (
    AUTHORITY,
    DATABASE,
    EVERY_ID,
    EVERY_TYPE,
    HOST,
    IS_LENS,
    MEASURES,
    OTHER_AUTHORITY,
    PASSWORD,
    PORT,
    SLOW,
    USER,
    check,
    main,
    require,
)

PARAMETERS = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD, "database": DATABASE}


class connected:
    """A connection for one check."""

    def __init__(self, **options):
        self.options = {**PARAMETERS, **options}

    async def __aenter__(self):
        self.connection = await asyncpg.connect(**self.options)
        return self.connection

    async def __aexit__(self, *_):
        await self.connection.close()


async def rows(text, *parameters, **options):
    async with connected(**options) as connection:
        return shape(await connection.fetch(text, *parameters))


def shape(records):
    return [dict(record) for record in records]


async def failure(awaitable):
    """Every field of the error that the server sent."""
    try:
        await awaitable
    except asyncpg.PostgresError as error:
        names = ["severity", "sqlstate", "message", "detail", "hint", "position"]
        return [type(error).__name__, *(getattr(error, name) for name in names)]
    raise AssertionError("nothing failed")


check("every type")(lambda: rows(EVERY_TYPE))
check("a measure by a dimension")(lambda: rows(MEASURES))
check("values that need a look-up of their types")(
    lambda: rows(
        """SELECT ARRAY[ROW(1, 'a'), NULL] AS records, ARRAY['a'::name] AS names, ARRAY['{"a": 1}'::jsonb] AS jsons,
        '1 2'::int2vector AS vector, 'pg_class'::regclass AS class, ARRAY[1::oid] AS oids, '[1,5)'::int4range AS span,
        '{[1,5),[8,9)}'::int4multirange AS spans, ARRAY['[1,5)'::numrange] AS numbers, 'YES'::information_schema.yes_or_no AS truth,
        '10.0.0.1/8'::inet AS host, B'101' AS bits, '1 mon 2 days 03:04:05.6'::interval AS length, '(1,2)'::point AS place,
        12.5::money::text AS money, 'a'::"char" AS letter, '12:30:00+05:30'::timetz AS clock"""
    )
)
check("a row type of a relation")(lambda: rows("SELECT NULL::public.debit_to_credit AS nothing"))


@check("what a prepared statement says of itself")
async def _():
    async with connected() as connection:
        statement = await connection.prepare(
            "SELECT zone, account_balance, ARRAY[customer_id] FROM customers WHERE zone = $1 AND customer_id = ANY($2)"
            " AND onboarding_date < $3 ORDER BY customer_id LIMIT $4"
        )
        day = datetime.datetime(2024, 6, 1)
        answers = [
            [parameter.name for parameter in statement.get_parameters()],
            [[column.name, column.type.name, column.type.oid] for column in statement.get_attributes()],
            shape(await statement.fetch("North", list(range(1, 90)), day, 5)),
            statement.get_statusmsg(),
        ]
        for zone in ("South", "West", None):
            answers.append(shape(await statement.fetch(zone, [1, 2, 3, None], day, None)))
        return answers


@check("parameters of every type")
async def _():
    types = {
        "text": 'it\'s a \\ "text" é 🙂',
        "int2": 7,
        "int4": 42,
        "int8": 2**40,
        "float4": 0.5,
        "float8": 1.5e300,
        "numeric": decimal.Decimal("12345678901234567890.123"),
        "bool": True,
        "date": datetime.date(2024, 2, 29),
        "timestamp": datetime.datetime(2024, 2, 29, 12, 30, 0, 123456),
        "time": datetime.time(1, 2, 3),
        "timestamptz": datetime.datetime(2024, 2, 29, tzinfo=datetime.UTC),
        "uuid": uuid.UUID(int=7),
        "interval": datetime.timedelta(days=3, seconds=7),
        "bytea": b"\x00\xff'\\",
        "text[]": ["West", None],
        "int8[]": [[1, 2], [3, 4]],
        "jsonb": '{"a": [1]}',
        "numeric[]": [decimal.Decimal("1.50"), decimal.Decimal("NaN")],
        "varchar(3)": "abc",
    }
    answers = {}
    async with connected() as connection:
        for name, value in types.items():
            answers[name] = [
                await connection.fetchval(f"SELECT $1::{name}", value),
                await connection.fetchval(f"SELECT $1::{name}", None),
            ]
    return answers


@check("values by the client's own codecs")
async def _():
    async with connected() as connection:
        await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        await connection.set_type_codec("numeric", encoder=str, decoder=float, schema="pg_catalog", format="text")
        return [
            await connection.fetchval("SELECT $1::jsonb", {"a": [1, None]}),
            await connection.fetchval("SELECT max(account_balance) FROM customers"),
        ]


@check("a cursor brings every row once")
async def _():
    async with connected() as connection:
        async with connection.transaction():
            text = EVERY_ID + " LIMIT 1050"
            read = [record async for record in connection.cursor(text, prefetch=100)]
        require(read == await connection.fetch(text), "differs from the whole result")
        return shape(read)


@check("a cursor is read in pieces and moved")
async def _():
    async with connected() as connection, connection.transaction():
        text = "SELECT transaction_id FROM transactions WHERE transaction_id > $1 ORDER BY 1"
        cursor = await connection.cursor(text, 10)
        return [shape(await cursor.fetch(3)), await cursor.forward(10), dict(await cursor.fetchrow())]


@check("several statements at once")
async def _():
    async with connected() as connection:
        return await connection.execute("SELECT 1; SELECT zone FROM customers; SELECT 'a;b'")


@check("one statement many times")
async def _():
    async with connected() as connection:
        text = "SELECT zone FROM customers WHERE customer_id = $1"
        await connection.executemany(text, [(1,), (2,), (3,)])
        return [shape(many) for many in [await connection.fetchmany(text, [(1,), (2,), (3,)])]]


@check("errors")
async def _():
    texts = [
        "SELECT zonee FROM customers",
        "SELECT * FROM customer",
        "SELECT zone FRM customers",
        "SELECT 1/0",
        "SELECT zone, count(*) FROM customers",
    ]
    return [await failure(rows(text)) for text in texts]


@check("a write is refused")
async def _():
    error = await failure(rows("DELETE FROM customers"))
    require(error[2] == ("25006" if IS_LENS else "42501"), str(error))


@check("transactions within transactions")
async def _():
    answers = []
    async with connected() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            answers.append(await connection.fetchval("SHOW transaction_isolation"))
            try:
                async with connection.transaction():
                    await connection.fetch("SELECT zonee FROM customers")
            except asyncpg.UndefinedColumnError:
                answers.append(connection.is_in_transaction())
            answers.append(await connection.fetchval("SELECT count(*) FROM customers"))
        async with connection.transaction(isolation="serializable", readonly=True, deferrable=True):
            answers.append(await connection.fetchval("SHOW transaction_isolation"))
        return answers + [connection.is_in_transaction()]


@check("cancelled by a time limit, and by its task")
async def _():
    async with connected() as connection:
        answers = []
        try:
            await connection.fetch(SLOW, timeout=0.5)
        except TimeoutError as error:
            answers.append(str(error))
        answers.append(await connection.fetchval("SELECT 1"))
        task = asyncio.ensure_future(connection.fetch(SLOW))
        await asyncio.wait([task], timeout=0.5)
        task.cancel()
        answers.append((await asyncio.gather(task, return_exceptions=True))[0].__class__.__name__)
        answers.append(await connection.fetchval("SELECT 2"))
        return answers


@check("a pool gives sessions without traces")
async def _():
    async with asyncpg.create_pool(**PARAMETERS, min_size=1, max_size=2) as pool:
        async with pool.acquire() as connection:
            await connection.execute("SET extra_float_digits = 0; SET TimeZone = 'Asia/Tokyo'")
        answers = await asyncio.gather(*(pool.fetchval("SELECT count(*) + $1 FROM customers", n) for n in range(8)))
        return answers + [
            await pool.fetchval("SELECT current_setting('extra_float_digits') || current_setting('TimeZone')")
        ]


@check("what a connection says of itself")
async def _():
    async with connected(
        server_settings={"application_name": "checks of asyncpg", "TimeZone": "Asia/Kolkata"}
    ) as connection:
        settings = connection.get_settings()
        require(connection.get_server_version().major == 18 and connection.get_server_pid() > 0, "version")
        return [
            settings.application_name,
            settings.TimeZone,
            settings.client_encoding,
            settings.server_encoding,
            settings.integer_datetimes,
            settings.standard_conforming_strings,
            settings.DateStyle,
            await connection.fetchval("SHOW application_name"),
            await connection.reload_schema_state(),
        ]


def context(authority):
    made = ssl.create_default_context(cafile=authority)
    # Asked for by PostgreSQL where TLS begins with the first byte.
    made.set_alpn_protocols(["postgresql"])
    return made


for mode in ("disable", "allow", "prefer", "require"):
    check(f"ssl={mode}")(lambda mode=mode: rows("SELECT 1 AS one", ssl=mode))


@check("TLS with the authority and the host verified")
async def _():
    return [
        await rows("SELECT 1 AS one", ssl=context(AUTHORITY)),
        await rows("SELECT 1 AS one", ssl=context(AUTHORITY), direct_tls=True),
    ]


@check("TLS refuses another authority, and another host")
async def _():
    names = []
    for options in ({"ssl": context(OTHER_AUTHORITY)}, {"ssl": context(AUTHORITY), "host": "127.0.0.1"}):
        try:
            await rows("SELECT 1 AS one", **options)
        except ssl.SSLCertVerificationError as error:
            names.append(type(error).__name__)
    return names


check("a wrong password")(lambda: failure(asyncpg.connect(**{**PARAMETERS, "password": "wrong"})))


@check("COPY of a query, and of a relation")
async def _():
    answers = []
    async with connected() as connection:
        for options in ({}, {"format": "csv", "header": True, "delimiter": ";"}, {"format": "binary"}):
            file = io.BytesIO()
            answers.append(await connection.copy_from_query(EVERY_TYPE, output=file, **options))
            answers.append(file.getvalue())
        file = io.BytesIO()
        text = "SELECT customer_id, zone FROM customers WHERE customer_id <= $1 AND zone <> $2 ORDER BY 1"
        answers.append(await connection.copy_from_query(text, 30, "it's", output=file))
        answers.append(file.getvalue())
        file = io.BytesIO()
        columns = ["customer_id", "zone", "credit_score"]
        answers.append(await connection.copy_from_table("customers", columns=columns, output=file))
        answers.append(sorted(file.getvalue().splitlines()))
        answers.append(await failure(connection.copy_from_query("SELECT zonee FROM customers", output=io.BytesIO())))
    async with connected() as connection:
        into = await failure(connection.copy_records_to_table("customers", records=[(1,)], columns=["customer_id"]))
        require(into[2] == ("25006" if IS_LENS else "42501"), str(into))
        await connection.execute("CREATE TEMP TABLE wanted (id int8, zone text, bought timestamptz)")
        moment = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
        records = [(1, "North", moment), (2, None, None)]
        answers.append(await connection.copy_records_to_table("wanted", records=records))
        source = io.BytesIO(b'id,zone\n3,"a,b"\n')
        options = {"columns": ["id", "zone"], "format": "csv", "header": True}
        answers.append(await connection.copy_to_table("wanted", source=source, **options))
        answers.append([tuple(row) for row in await connection.fetch("SELECT * FROM wanted ORDER BY id")])
    return answers


@check("listeners")
async def _():
    async with connected() as connection:
        heard = []
        listener = lambda *details: heard.append(details)
        await connection.add_listener("changes", listener)
        answers = [await connection.execute("NOTIFY elsewhere, 'it'"), await connection.fetchval("SELECT 1")]
        await connection.remove_listener("changes", listener)
        return answers + heard


main()
