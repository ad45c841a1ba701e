"""psycopg 3: the extended protocol, binary values, pipelines, prepared statements, server cursors."""

import datetime
import decimal
import uuid

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo
from psycopg.types.enum import EnumInfo
from psycopg.types.json import Jsonb
from psycopg.types.range import RangeInfo

from checks import EVERY_ID, EVERY_TYPE, IS_LENS, MEASURES, check, main, require
from psycopg3_client import connect, failure, rows

# psycopg prepares a statement that was run so often.
EXECUTIONS_UNTIL_PREPARED = 5

check("every type in text")(lambda: rows(EVERY_TYPE))
check("every type in binary")(lambda: rows(EVERY_TYPE, binary=True))
check("a measure by a dimension")(lambda: rows(MEASURES, binary=True))


@check("columns of a result")
def _():
    with connect() as connection:
        cursor = connection.execute(EVERY_TYPE)
        return [
            [column.name, column.type_code, column.type_display, column.internal_size, column.precision, column.scale]
            for column in cursor.description
        ] + [cursor.statusmessage, cursor.rowcount]


VALUES = (
    'it\'s a \\ "text" é 🙂',
    42,
    2**40,
    2**70,
    decimal.Decimal("12345678901234567890.123"),
    1.5,
    True,
    None,
    datetime.date(2024, 2, 29),
    datetime.datetime(2024, 2, 29, 12, 30, 0, 123456),
    datetime.time(1, 2, 3),
    datetime.datetime(2024, 2, 29, tzinfo=datetime.UTC),
    datetime.timedelta(days=3, seconds=7),
    uuid.UUID(int=7),
    b"\x00\xff'\\",
    ["West", None],
    [1, 2],
    [[1, 2], [3, 4]],
    Jsonb({"a": [1]}),
)
for place, form in (("%s", "as the driver likes"), ("%t", "in text"), ("%b", "in binary")):
    check(f"parameters of every type, {form}")(
        lambda place=place: rows("SELECT " + ", ".join([place] * len(VALUES)), VALUES)
    )
    check(f"parameters of every type, {form}, back in binary")(
        lambda place=place: rows("SELECT " + ", ".join([place] * len(VALUES)), VALUES, binary=True)
    )


@check("parameters in conditions")
def _():
    text = """SELECT zone, count(*) FROM customers WHERE zone = ANY(%(zones)s) AND customer_id <> ALL(%(ids)s)
        AND account_balance > %(balance)s AND onboarding_date < %(day)s AND zone IS DISTINCT FROM %(nothing)s
        GROUP BY 1 ORDER BY 1 LIMIT %(limit)s"""
    return rows(
        text,
        {
            "zones": ["North", "South", None],
            "ids": [1, 2, 3],
            "balance": decimal.Decimal("1000.5"),
            "day": datetime.date(2024, 1, 1),
            "nothing": None,
            "limit": 10,
        },
    )


@check("the same statement before and after it is prepared")
def _():
    text = "SELECT zone, count(*) FROM customers WHERE customer_id > %s GROUP BY 1 ORDER BY 1"
    with connect() as connection:
        answers = [connection.execute(text, (number,)).fetchall() for number in range(EXECUTIONS_UNTIL_PREPARED + 3)]
        names = connection.execute("SELECT statement, parameter_types::text FROM pg_prepared_statements").fetchall()
        return [answers, names]


@check("prepared at once, and more of them than are kept")
def _():
    with connect() as connection:
        connection.prepared_max = 5
        texts = [f"SELECT {number} + %s::int" for number in range(12)]
        return [connection.execute(text, (1,), prepare=True).fetchone() for text in texts * 2]


@check("a pipeline")
def _():
    with connect() as connection, connection.pipeline():
        cursors = [
            connection.execute("SELECT customer_id, zone FROM customers WHERE customer_id = %s", (number,))
            for number in range(1, 30)
        ]
        return [cursor.fetchall() for cursor in cursors]


@check("an error in a pipeline")
def _():
    with connect(autocommit=True) as connection:
        answers = []

        def pipelined():
            # Which of the calls behind the wrong statement raises its error depends on when the answer arrives.
            with connection.pipeline():
                answers.append(connection.execute("SELECT 1").fetchall())
                wrong = connection.execute("SELECT zonee FROM customers")
                connection.execute("SELECT 2")
                wrong.fetchall()

        answers.append(failure(pipelined))
        answers.append(connection.execute("SELECT 4").fetchall())
        return answers


@check("many executions as one pipeline")
def _():
    with connect() as connection, connection.cursor() as cursor:
        cursor.executemany("SELECT zone FROM customers WHERE customer_id = %s", [(1,), (2,), (3,)], returning=True)
        answers = [cursor.fetchall()]
        while cursor.nextset():
            answers.append(cursor.fetchall())
        return answers


@check("several statements at once")
def _():
    with connect() as connection:
        cursor = connection.execute("SELECT 1; SELECT zone FROM customers GROUP BY 1 ORDER BY 1; SELECT 'a;b'")
        answers = [cursor.fetchall()]
        while cursor.nextset():
            answers.append(cursor.fetchall())
        return answers


for binary in (False, True):

    @check(f"a server cursor, {'binary' if binary else 'text'}")
    def _(binary=binary):
        with connect() as connection, connection.cursor("pieces", binary=binary) as cursor:
            cursor.itersize = 100
            cursor.execute(EVERY_ID + " LIMIT 1050")
            read = list(cursor)
        require(read == rows(EVERY_ID + " LIMIT 1050"), "differs from the whole result")
        return read


@check("a server cursor with parameters, moved")
def _():
    with connect() as connection, connection.cursor("pieces") as cursor:
        cursor.execute("SELECT transaction_id FROM transactions WHERE transaction_id > %s ORDER BY 1", (10,))
        read = [cursor.fetchone(), cursor.fetchmany(3)]
        cursor.scroll(10)
        return read + [cursor.fetchone(), cursor.rownumber, cursor.description[0].type_code]


@check("a server cursor that goes back")
def _():
    with connect() as connection, connection.cursor("pieces", scrollable=True) as cursor:
        cursor.execute(EVERY_ID)
        read = cursor.fetchmany(5)
        cursor.scroll(-3)
        read += cursor.fetchmany(2)
        cursor.scroll(0, mode="absolute")
        return read + cursor.fetchmany(2)


@check("a server cursor that outlives its transaction")
def _():
    with connect() as connection:
        cursor = connection.cursor("kept", withhold=True)
        cursor.execute(EVERY_ID)
        read = cursor.fetchmany(3)
        connection.commit()
        read += cursor.fetchmany(3)
        cursor.close()
        return read


check("row by row")(
    lambda: [
        list(psycopg.Cursor(connect()).stream(EVERY_ID + " LIMIT 300")),
        list(psycopg.Cursor(connect()).stream(EVERY_ID + " LIMIT 300", size=70, binary=True)),
    ]
)


@check("parameters in the text, and numbered ones")
def _():
    with connect(cursor_factory=psycopg.ClientCursor) as connection:
        answers = [connection.execute("SELECT zone FROM customers WHERE customer_id = %s", (1,)).fetchall()]
        answers.append(connection.execute("SELECT %s, %s, %s", ("it's", None, [1, 2])).fetchall())
    with connect(cursor_factory=psycopg.RawCursor) as connection:
        answers.append(connection.execute("SELECT $1::text, $2::int + 1", ("a", 1)).fetchall())
    return answers


@check("rows as dictionaries, composed statements")
def _():
    with connect(row_factory=dict_row) as connection:
        text = sql.SQL("SELECT {}, count(*) FROM {} GROUP BY 1 ORDER BY 1").format(
            sql.Identifier("zone"), sql.Identifier("public", "customers")
        )
        return connection.execute(text).fetchall()


@check("types are looked up")
def _():
    with connect() as connection:
        numeric = TypeInfo.fetch(connection, "numeric")
        row = CompositeInfo.fetch(connection, "public.debit_to_credit")
        span = RangeInfo.fetch(connection, "int4range")
        return [
            numeric.oid,
            numeric.array_oid,
            row.field_names,
            row.field_types,
            span.subtype_oid,
            TypeInfo.fetch(connection, "nowhere"),
            EnumInfo.fetch(connection, "nothing"),
        ]


@check("errors")
def _():
    texts = [
        "SELECT zonee FROM customers",
        "SELECT * FROM customer",
        "SELECT zone FRM customers",
        "SELECT 1/0",
        "SELECT zone, count(*) FROM customers",
    ]
    return [failure(lambda: rows(text)) for text in texts]


@check("a write is refused")
def _():
    error = failure(lambda: rows("DELETE FROM customers"))
    require(error[2] == ("25006" if IS_LENS else "42501"), str(error))


@check("transactions within transactions")
def _():
    with connect() as connection:
        answers = []
        with connection.transaction():
            try:
                with connection.transaction("inner"):
                    connection.execute("SELECT zonee FROM customers")
            except psycopg.errors.UndefinedColumn:
                answers.append(connection.info.transaction_status)
            with connection.transaction(force_rollback=True):
                answers.append(connection.execute("SELECT count(*) FROM customers").fetchall())
        answers.append(connection.info.transaction_status)
        return answers


@check("isolation levels, read only, deferrable")
def _():
    answers = []
    with connect() as connection:
        for level in psycopg.IsolationLevel:
            connection.isolation_level, connection.read_only, connection.deferrable = level, True, True
            answers.append(connection.execute("SHOW transaction_isolation").fetchall())
            answers.append(connection.execute("SHOW transaction_read_only").fetchall())
            connection.rollback()
    return answers


main()
