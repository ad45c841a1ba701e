"""psqlODBC through unixODBC: catalog functions, both ways to read results, parameters, transactions, cancel, TLS."""

import datetime
import decimal
import subprocess
import threading
import uuid

import pyodbc

from checks import AUTHORITY, DATABASE, EVERY_ID, EVERY_TYPE, HOST, IS_LENS, MEASURES, OTHER_AUTHORITY, PASSWORD, PORT
from checks import SLOW, USER, check, main, require

pyodbc.pooling = False

# How results are read (all at once, or through a cursor a hundred at a time) and statements run.
WAYS = {
    "whole results": {"UseDeclareFetch": 0},
    "declared cursors": {"UseDeclareFetch": 1, "Fetch": 100},
    "without server-side prepare": {"UseServerSidePrepare": 0, "UseDeclareFetch": 0},
    "declared cursors without server-side prepare": {"UseServerSidePrepare": 0, "UseDeclareFetch": 1, "Fetch": 100},
}

RELATIONS = ("customers", "transactions", "customer_activity", "debit_to_credit")


def connection_text(**options):
    parts = {
        "Driver": "{PostgreSQL Unicode}",
        "Servername": HOST,
        "Port": PORT,
        "Username": USER,
        "Password": PASSWORD,
        "Database": DATABASE,
        **options,
    }
    return ";".join(f"{name}={value}" for name, value in parts.items())


def connect(autocommit=True, **options):
    return pyodbc.connect(connection_text(**options), autocommit=autocommit)


def plain(cursor):
    """Names, types and rows of a result, without the oid of a table: it is the server's own."""
    names = [[column[0], column[1].__name__, *column[2:]] for column in cursor.description]
    kept = [place for place, name in enumerate(names) if name[0] != "table oid"]
    return [names, [[row[place] for place in kept] for row in cursor.fetchall()]]


def rows(connection, sql, *parameters):
    return [tuple(row) for row in connection.execute(sql, *parameters).fetchall()]


def failure(action):
    """The SQLSTATE, and the text where the server's stands in it."""
    try:
        action()
    except pyodbc.Error as error:
        return [type(error).__name__, *error.args]
    raise AssertionError("nothing failed")


def declare(way, options):
    def checked(name, autocommit=True):
        def take(action):
            def body():
                connection = connect(autocommit, **options)
                try:
                    return action(connection)
                finally:
                    connection.close()

            check(f"{way}: {name}")(body)

        return take

    @checked("every type")
    def _(connection):
        return plain(connection.execute(EVERY_TYPE))

    @checked("a measure by a dimension")
    def _(connection):
        return plain(connection.execute(MEASURES))

    @checked("every row once")
    def _(connection):
        cursor = connection.execute(EVERY_ID + " LIMIT 1050")
        read = []
        while part := cursor.fetchmany(70):
            read += [tuple(row) for row in part]
        cursor.execute(EVERY_ID + " LIMIT 20")
        cursor.skip(5)
        return read + [tuple(cursor.fetchone()), len(cursor.fetchall())]

    @checked("two results by turns", autocommit=False)
    def _(connection):
        ids = connection.cursor().execute(EVERY_ID)
        zones = connection.cursor().execute("SELECT zone FROM customers ORDER BY customer_id")
        read = [[ids.fetchone()[0], zones.fetchone()[0]] for _ in range(90)]
        ids.close()
        return read + [zones.fetchone()[0]]

    @checked("parameters of every type")
    def _(connection):
        values = {
            "text": 'it\'s a \\ "text" é 🙂',
            "int4": 42,
            "int8": 2**40,
            "float8": 1.5e300,
            "numeric": decimal.Decimal("123456789012345.123"),
            "bool": True,
            "date": datetime.date(2024, 2, 29),
            "timestamp": datetime.datetime(2024, 2, 29, 12, 30, 0, 123456),
            "time": datetime.time(1, 2, 3),
            "uuid": uuid.UUID(int=7),
            "bytea": b"\x00\xff'\\",
        }
        places = ", ".join(f"?::{name}" for name in values)
        return [
            rows(connection, f"SELECT {places}", *values.values()),
            rows(connection, f"SELECT {places}", *[None] * len(values)),
        ]

    @checked("parameters in conditions, several times")
    def _(connection):
        sql = """SELECT zone, count(*) FROM customers WHERE zone <> ? AND account_balance > ? AND customer_id > ?
            AND onboarding_date < ? AND is_active = ? AND zone IS DISTINCT FROM ? GROUP BY zone ORDER BY zone"""
        day = datetime.datetime(2024, 6, 1)
        balance = decimal.Decimal("1000.50")
        return [rows(connection, sql, "North", balance, number, day, True, None) for number in range(7)]

    @checked("a date and a name")
    def _(connection):
        sql = (
            "SELECT customer_id, {fn UCASE(zone)}, date_of_birth FROM customers WHERE date_of_birth > {d '1990-01-01'}"
        )
        return rows(connection, sql + " ORDER BY 1 LIMIT 5")

    @checked("several statements at once")
    def _(connection):
        cursor = connection.execute("SELECT 1 AS one; SELECT zone FROM customers GROUP BY 1 ORDER BY 1")
        answers = [plain(cursor)]
        while cursor.nextset():
            answers.append(plain(cursor))
        return answers

    @checked("errors")
    def _(connection):
        texts = ["SELECT zonee FROM customers", "SELECT * FROM customer", "SELECT zone FRM customers"]
        answers = [failure(lambda text=text: rows(connection, text)) for text in texts]
        return answers + [rows(connection, "SELECT count(*) FROM customers")]

    @checked("a transaction that fails", autocommit=False)
    def _(connection):
        answers = [rows(connection, "SELECT count(*) FROM customers")]
        answers.append(failure(lambda: rows(connection, "SELECT zonee FROM customers"))[1])
        connection.rollback()
        answers.append(rows(connection, "SELECT count(*) FROM transactions"))
        connection.commit()
        return answers + [rows(connection, "SELECT 1")]


for each, its_options in WAYS.items():
    declare(each, its_options)


def catalog(name, ask):
    """One of ODBC's catalog functions."""

    def body():
        connection = connect()
        try:
            return plain(ask(connection.cursor()))
        finally:
            connection.close()

    check(f"catalog: {name}")(body)


catalog("tables", lambda cursor: cursor.tables(schema="public"))
catalog("tables by name and type", lambda cursor: cursor.tables(table="c%", tableType="TABLE,VIEW"))
catalog("system tables", lambda cursor: cursor.tables(schema="pg_catalog", table="pg_t%"))
catalog("schemas", lambda cursor: cursor.tables(catalog="", schema="%", table=""))
catalog("columns", lambda cursor: cursor.columns(schema="public"))
catalog("columns by name", lambda cursor: cursor.columns(table="customers", column="c%"))
catalog("procedures", lambda cursor: cursor.procedures(schema="pg_catalog", procedure="date_t%"))
catalog("procedure columns", lambda cursor: cursor.procedureColumns(schema="pg_catalog", procedure="date_t%"))
catalog("types", lambda cursor: cursor.getTypeInfo())
for relation in RELATIONS:
    catalog(f"primary key of {relation}", lambda cursor, name=relation: cursor.primaryKeys(name, schema="public"))
    catalog(f"keys out of {relation}", lambda cursor, name=relation: cursor.foreignKeys(foreignTable=name))
    catalog(f"keys into {relation}", lambda cursor, name=relation: cursor.foreignKeys(table=name))
    catalog(f"row identifier of {relation}", lambda cursor, name=relation: cursor.rowIdColumns(name))
    catalog(f"row version of {relation}", lambda cursor, name=relation: cursor.rowVerColumns(name))


@check("catalog: indexes")
def _():
    connection = connect()
    answers = [[row.index_name, row.column_name, row.non_unique] for row in connection.cursor().statistics("customers")]
    connection.close()
    return answers


@check("what the driver says of the server")
def _():
    connection = connect()
    of_the_server = ("SQL_DBMS_VER", "SQL_SERVER_NAME", "SQL_DATA_SOURCE_NAME")
    answers = {}
    for name in sorted(dir(pyodbc)):
        if not name.startswith("SQL_") or name in of_the_server:
            continue
        try:
            answers[name] = connection.getinfo(getattr(pyodbc, name))
        except (pyodbc.Error, TypeError, ValueError):
            continue
    connection.close()
    require(len(answers) > 100, len(answers))
    return answers


@check("isolation levels")
def _():
    answers = []
    for level in ("READ_COMMITTED", "REPEATABLE_READ", "SERIALIZABLE"):
        connection = connect(autocommit=False)
        connection.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, getattr(pyodbc, f"SQL_TXN_{level}"))
        answers += [rows(connection, "SHOW transaction_isolation"), rows(connection, "SELECT count(*) FROM customers")]
        connection.close()
    return answers


@check("a write is refused")
def _():
    connection = connect()
    error = failure(lambda: connection.execute("DELETE FROM customers"))
    connection.close()
    require(error[1] == ("25006" if IS_LENS else "42501"), str(error))


@check("cancelled from another thread")
def _():
    connection = connect()
    cursor = connection.cursor()
    ended = threading.Event()

    def cancel():
        # A request that comes before the statement cancels nothing, so it is made until one does.
        while not ended.wait(0.1):
            cursor.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        answers = [failure(lambda: cursor.execute(SLOW))]
    finally:
        ended.set()
        thread.join()
    answers.append(rows(connection, "SELECT 1"))
    connection.close()
    return answers


def one(**options):
    connection = connect(**options)
    answer = rows(connection, "SELECT count(*) FROM customers")
    connection.close()
    return answer


for mode in ("disable", "allow", "prefer", "require"):
    check(f"sslmode={mode}")(lambda mode=mode: one(SSLmode=mode))
for mode in ("verify-ca", "verify-full"):
    check(f"sslmode={mode}")(lambda mode=mode: one(SSLmode=mode, pqopt=f"{{sslrootcert={AUTHORITY}}}"))
    check(f"sslmode={mode} refuses another authority")(
        lambda mode=mode: failure(lambda: one(SSLmode=mode, pqopt=f"{{sslrootcert={OTHER_AUTHORITY}}}"))[1]
    )
check("a wrong password")(lambda: failure(lambda: one(Password="wrong"))[1])
check("what is sent first")(
    lambda: one(ConnSettings="SET+TimeZone='Asia/Tokyo'", ApplicationName="checks", KeepaliveTime=60)
)
check("booleans and long texts as they are")(
    lambda: [
        plain(connect(BoolsAsChar=flag, TextAsLongVarchar=flag, MaxVarcharSize=10).execute(EVERY_TYPE))
        for flag in (0, 1)
    ]
)


@check("isql")
def _():
    command = ["isql", "-k", connection_text(), "-b", "-d;", "-c"]
    ended = subprocess.run(command, input=MEASURES + "\n", capture_output=True, text=True, timeout=60, check=True)
    return ended.stdout


main()
