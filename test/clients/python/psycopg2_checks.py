"""psycopg2: the simple protocol, parameters in the text, named cursors, cancel, TLS modes."""

import datetime
import decimal
import io
import select
import threading
import uuid

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras

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

psycopg2.extras.register_uuid()


def connect(**options):
    parameters = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD, "dbname": DATABASE}
    return psycopg2.connect(**{**parameters, **options})


def rows(sql, parameters=None, connection=None, **options):
    own = connection or connect(**options)
    try:
        with own.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
    finally:
        if connection is None:
            own.close()


def failure(action):
    """Every field of the error that the server sent."""
    try:
        action()
    except psycopg2.Error as error:
        names = ["severity", "sqlstate", "message_primary", "message_detail", "message_hint", "statement_position"]
        return [type(error).__name__, *(getattr(error.diag, name) for name in names)]
    raise AssertionError("nothing failed")


check("every type")(lambda: rows(EVERY_TYPE))
check("a measure by a dimension")(lambda: rows(MEASURES))


@check("columns of a result")
def _():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(EVERY_TYPE)
        return [
            [column.name, column.type_code, column.internal_size, column.precision, column.scale, column.table_column]
            for column in cursor.description
        ] + [cursor.statusmessage]


@check("parameters of every type")
def _():
    values = (
        'it\'s a \\ "text" %s é 🙂',
        42,
        2**40,
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
        psycopg2.Binary(b"\x00\xff'\\"),
        ["West", None],
        [1, 2],
        psycopg2.extras.Json({"a": [1]}),
    )
    return rows("SELECT " + ", ".join(["%s"] * len(values)), values)


@check("parameters in conditions")
def _():
    sql = """SELECT zone, count(*) FROM customers WHERE zone IN %(zones)s AND customer_id <> ALL(%(ids)s)
        AND account_balance > %(balance)s AND onboarding_date < %(day)s AND zone IS DISTINCT FROM %(nothing)s
        GROUP BY 1 ORDER BY 1"""
    return rows(
        sql,
        {
            "zones": ("North", "South"),
            "ids": [1, 2, 3],
            "balance": decimal.Decimal("1000.5"),
            "day": datetime.date(2024, 1, 1),
            "nothing": None,
        },
    )


@check("many values at once")
def _():
    with connect() as connection, connection.cursor() as cursor:
        sql = "SELECT v.n, c.zone FROM (VALUES %s) v(n) JOIN customers c ON c.customer_id = v.n ORDER BY 1"
        return psycopg2.extras.execute_values(cursor, sql, [(number,) for number in range(1, 40)], fetch=True)


@check("rows as dictionaries")
def _():
    with connect(cursor_factory=psycopg2.extras.RealDictCursor) as connection:
        return [
            dict(row) for row in rows("SELECT zone, customer_id FROM customers ORDER BY 2 LIMIT 3", None, connection)
        ]


@check("a named cursor brings every row once")
def _():
    with connect() as connection, connection.cursor("pieces") as cursor:
        cursor.itersize = 100
        cursor.execute(EVERY_ID + " LIMIT 1050")
        read = list(cursor)
    require(read == rows(EVERY_ID + " LIMIT 1050"), "differs from the whole result")
    return read


@check("a named cursor is read in pieces and moved")
def _():
    with connect() as connection, connection.cursor("pieces") as cursor:
        cursor.execute(EVERY_ID)
        read = [cursor.fetchone(), cursor.fetchmany(3)]
        cursor.scroll(10)
        return read + [cursor.fetchone(), cursor.fetchmany(2), cursor.rownumber]


@check("a named cursor that goes back")
def _():
    with connect() as connection, connection.cursor("pieces", scrollable=True) as cursor:
        cursor.execute(EVERY_ID)
        read = cursor.fetchmany(5)
        cursor.scroll(-3)
        read += cursor.fetchmany(2)
        cursor.scroll(0, mode="absolute")
        return read + cursor.fetchmany(2)


@check("a named cursor that outlives its transaction")
def _():
    connection = connect()
    cursor = connection.cursor("kept", withhold=True)
    cursor.execute(EVERY_ID)
    read = cursor.fetchmany(3)
    connection.commit()
    read += cursor.fetchmany(3)
    cursor.close()
    connection.close()
    return read


@check("isolation levels, read only, deferrable")
def _():
    connection = connect()
    answers = []
    for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
        connection.set_session(isolation_level=level, readonly=True, deferrable=True)
        answers.append(rows("SELECT count(*) FROM customers", None, connection))
        answers.append(rows("SHOW transaction_isolation", None, connection))
        answers.append(rows("SHOW transaction_read_only", None, connection))
        connection.rollback()
    connection.close()
    return answers


@check("autocommit")
def _():
    connection = connect()
    connection.autocommit = True
    answers = [rows("SELECT count(*) FROM customers", None, connection), connection.info.transaction_status]
    connection.autocommit = False
    answers += [rows("SELECT 1", None, connection), connection.info.transaction_status]
    connection.close()
    return answers


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


@check("a transaction fails as a whole, a savepoint alone")
def _():
    connection = connect()
    answers = [
        failure(lambda: rows("SELECT zonee FROM customers", None, connection)),
        failure(lambda: rows("SELECT 1", None, connection)),
        connection.info.transaction_status,
    ]
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        failure(lambda: rows("SELECT zonee FROM customers", None, connection))
        cursor.execute("ROLLBACK TO before")
        answers.append(rows("SELECT count(*) FROM customers", None, connection))
    connection.close()
    return answers


@check("cancelled from another thread")
def _():
    connection = connect()
    ended = threading.Event()

    def cancel():
        # A request that comes before the statement cancels nothing, so it is made until one does.
        while not ended.wait(0.1):
            connection.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        return failure(lambda: rows(SLOW, None, connection))
    finally:
        ended.set()
        thread.join()
        connection.close()


check("options at start-up")(
    lambda: [
        failure(lambda: rows(SLOW, options="-c statement_timeout=200")),
        rows("SHOW application_name", application_name="checks of psycopg2"),
        rows("SELECT '2024-01-01 00:00Z'::timestamptz", options="-c TimeZone=Asia/Kolkata"),
    ]
)


@check("what a connection says of itself")
def _():
    connection = connect()
    names = [
        "server_encoding",
        "client_encoding",
        "DateStyle",
        "TimeZone",
        "integer_datetimes",
        "standard_conforming_strings",
        "IntervalStyle",
    ]
    answers = [connection.get_parameter_status(name) for name in names]
    require(connection.server_version >= 180000, connection.server_version)
    answers += [
        connection.get_transaction_status(),
        connection.encoding,
        connection.get_backend_pid() > 0,
        connection.info.ssl_in_use,
        connection.closed,
        connection.notices,
    ]
    connection.close()
    return answers


@check("reset, and settings of a session")
def _():
    connection = connect()
    connection.set_session(autocommit=True)
    rows("SELECT set_config('extra_float_digits', '0', false)", None, connection)
    answers = [rows("SELECT 0.1::float8 + 0.2::float8, current_setting('extra_float_digits')", None, connection)]
    connection.reset()
    answers.append(rows("SHOW extra_float_digits", None, connection))
    connection.close()
    return answers


@check("an asynchronous connection")
def _():
    connection = connect(async_=True)

    def wait():
        while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
            reading = [connection] if state == psycopg2.extensions.POLL_READ else []
            writing = [connection] if state == psycopg2.extensions.POLL_WRITE else []
            select.select(reading, writing, [], 30)

    wait()
    cursor = connection.cursor()
    cursor.execute(MEASURES)
    wait()
    answer = cursor.fetchall()
    connection.close()
    return answer


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
check("a wrong password")(lambda: failure(lambda: connect(password="wrong"))[0])


@check("COPY")
def _():
    connection = connect()
    answers = []
    with connection.cursor() as cursor:
        for options in ("", " (FORMAT csv, HEADER)", " (FORMAT binary)"):
            file = io.BytesIO()
            cursor.copy_expert(f"COPY ({EVERY_TYPE}) TO STDOUT{options}", file)
            answers += [file.getvalue(), cursor.rowcount, cursor.statusmessage]
        file = io.StringIO()
        cursor.copy_to(file, "customers", sep="|", null="nothing", columns=("customer_id", "zone", "credit_score"))
        answers.append(sorted(file.getvalue().splitlines()))
        into = failure(lambda: cursor.copy_from(io.StringIO("1"), "customers", columns=("customer_id",)))
        require(into[2] == ("25006" if IS_LENS else "42501"), str(into))
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE wanted (zone text, weight numeric(5, 2))")
        cursor.copy_from(io.StringIO("North\t1.5\nS\\tx\t\\N\n"), "wanted")
        cursor.copy_expert("COPY wanted (zone) FROM STDIN (FORMAT csv, HEADER)", io.StringIO('zone\n"a,b"\n'))
        answers += [cursor.rowcount, cursor.statusmessage]
        cursor.execute("SELECT * FROM wanted ORDER BY zone")
        answers.append(cursor.fetchall())
        answers.append(failure(lambda: cursor.copy_from(io.StringIO("x\tmuch\n"), "wanted")))
    connection.close()
    return answers


check("channel binding is required")(lambda: rows("SELECT 1", sslmode="require", channel_binding="require"))


@check("LISTEN, NOTIFY, UNLISTEN")
def _():
    connection = connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        answers = []
        for text in ("LISTEN changes", "NOTIFY elsewhere, 'it''s'", "UNLISTEN changes"):
            cursor.execute(text)
            answers.append(cursor.statusmessage)
        connection.poll()
        return answers + connection.notifies


main()
